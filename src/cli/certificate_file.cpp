// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/certificate_file.hpp"

#include "cli/arguments.hpp"

#include <boost/system/error_code.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace rtkhooks::cli {

namespace {

// @return 0, or an errno
int write_and_close(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        auto const written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            auto const failure = errno;
            ::close(descriptor);
            return failure;
        }
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return ::close(descriptor) == 0 ? 0 : errno;
}

std::string reason(int failure)
{
    return boost::system::error_code{failure, boost::system::system_category()}.message();
}

} // namespace

certificate_file::certificate_file(std::string const& name, std::string const& pem)
    : path_{std::filesystem::absolute(name).string()}, temporary_{false}
{
    auto const descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    auto const failure = descriptor < 0 ? errno : write_and_close(descriptor, pem);
    if (failure != 0)
        throw usage_error{"--ca-out '" + name + "': " + reason(failure)};
}

certificate_file::certificate_file(std::string const& pem)
    : path_{(std::filesystem::temp_directory_path() / "rtkhooks-ca-XXXXXX").string()}, temporary_{true}
{
    auto const descriptor = ::mkstemp(path_.data());
    auto const failure = descriptor < 0 ? errno : write_and_close(descriptor, pem);
    if (failure == 0)
        return;
    if (descriptor >= 0)
        ::unlink(path_.c_str());
    throw std::runtime_error{"temporary file '" + path_ + "': " + reason(failure)};
}

certificate_file::~certificate_file()
{
    if (temporary_)
        ::unlink(path_.c_str());
}

} // namespace rtkhooks::cli
