// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/input_file.hpp"

#include "cli/arguments.hpp"

#include <boost/system/error_code.hpp>

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace rtkhooks::cli {

namespace {

[[noreturn]] void refuse(std::string const& what, std::string const& reason)
{
    throw usage_error{what + ": " + reason};
}

[[noreturn]] void refuse_by_errno(std::string const& what)
{
    refuse(what, boost::system::error_code{errno, boost::system::system_category()}.message());
}

// A descriptor that is closed with its owner.
class open_file {
public:
    explicit open_file(std::string const& name) : descriptor_{::open(name.c_str(), O_RDONLY | O_CLOEXEC)} {}
    ~open_file()
    {
        if (descriptor_ >= 0)
            ::close(descriptor_);
    }
    open_file(open_file const&) = delete;
    open_file& operator=(open_file const&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

std::string read_all(int descriptor, std::string const& what, std::size_t longest)
{
    std::string text;
    std::array<char, 16384> block{};
    while (text.size() <= longest) {
        auto const count = ::read(descriptor, block.data(), block.size());
        if (count == 0)
            return text;
        if (count < 0 && errno != EINTR)
            refuse_by_errno(what);
        if (count > 0)
            text.append(block.data(), static_cast<std::size_t>(count));
    }
    refuse(what, "longer than " + std::to_string(longest) + " bytes");
}

} // namespace

std::string read_file(std::string const& option, std::string const& name, std::size_t longest)
{
    auto const what = "--" + option + " '" + name + "'";
    open_file const file{name};
    if (file.descriptor() < 0)
        refuse_by_errno(what);
    auto text = read_all(file.descriptor(), what, longest);
    if (text.empty())
        refuse(what, "empty");
    return text;
}

std::string read_standard_input(std::size_t longest) { return read_all(STDIN_FILENO, "standard input", longest); }

} // namespace rtkhooks::cli
