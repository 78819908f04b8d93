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

// A descriptor that is closed with its owner, unless it is standard input.
class open_file {
public:
    explicit open_file(std::string const& name)
        : is_standard_input_{name == "-"},
          descriptor_{is_standard_input_ ? STDIN_FILENO : ::open(name.c_str(), O_RDONLY | O_CLOEXEC)}
    {
    }
    ~open_file()
    {
        if (!is_standard_input_ && descriptor_ >= 0) // a file's may be that of standard input, where that is closed
            ::close(descriptor_);
    }
    open_file(open_file const&) = delete;
    open_file& operator=(open_file const&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    bool is_standard_input_;
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
    refuse(what, "too long: more than " + std::to_string(longest) + " bytes");
}

} // namespace

std::string read_input(std::string const& what, std::string const& name, std::size_t longest)
{
    open_file const file{name};
    if (file.descriptor() < 0)
        refuse_by_errno(what);
    return read_all(file.descriptor(), what, longest);
}

std::string read_file(std::string const& option, std::string const& name, std::size_t longest)
{
    auto const what = "--" + option + " '" + name + "'";
    auto text = read_input(what, name == "-" ? "./-" : name, longest);
    if (text.empty())
        refuse(what, "empty");
    return text;
}

} // namespace rtkhooks::cli
