// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace rtkhooks::bench {

/// What a server can be asked for.
enum class answer {
    one,         ///< one webhook
    thousand,    ///< a list of a thousand
    created,     ///< one webhook, as created
    missing,     ///< 404
    unavailable, ///< 503
    closing,     ///< one webhook, and the server closes the connection
};

/// A folder that goes with this object.
class scratch_folder {
public:
    scratch_folder();
    scratch_folder(scratch_folder const&) = delete;
    scratch_folder& operator=(scratch_folder const&) = delete;
    ~scratch_folder();

    [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// Listens on 127.0.0.1 with TLS, on one processor, until destroyed.
class server {
public:
    server() = default;
    server(server const&) = delete;
    server& operator=(server const&) = delete;
    virtual ~server() = default;

    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual std::uint16_t port() const = 0;
    /// The authority to trust, as PEM.
    [[nodiscard]] virtual std::filesystem::path ca_file() const = 0;
    /// Where requests are answered so. Empty: nowhere.
    [[nodiscard]] virtual std::string target(answer what) const = 0;
    /// Before so many requests for it.
    virtual void prepare(answer /*what*/, std::size_t /*requests*/) {}
};

/// nginx with one process and TLS 1.3 alone, or nothing where it is not installed.
/// @throws std::exception where it does not start
[[nodiscard]] std::unique_ptr<server> start_nginx(std::filesystem::path const& folder, int processor);

/// This project's emulator, in this process.
/// @throws std::exception where it does not start
[[nodiscard]] std::unique_ptr<server> start_emulator(std::filesystem::path const& folder, int processor);

} // namespace rtkhooks::bench
