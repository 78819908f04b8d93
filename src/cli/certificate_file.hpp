// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <string>

namespace rtkhooks::cli {

/// A file with a certificate that others shall trust: one that was asked for, and stays; or a temporary one, and goes.
class certificate_file {
public:
    /// @throws usage_error where it cannot be written
    certificate_file(std::string const& name, std::string const& pem);
    /// A temporary one.
    /// @throws std::runtime_error where it cannot be written
    explicit certificate_file(std::string const& pem);
    ~certificate_file();
    certificate_file(certificate_file const&) = delete;
    certificate_file& operator=(certificate_file const&) = delete;

    /// Absolute, so that it holds for a process elsewhere.
    [[nodiscard]] std::string const& path() const noexcept { return path_; }

private:
    std::string path_;
    bool temporary_;
};

} // namespace rtkhooks::cli
