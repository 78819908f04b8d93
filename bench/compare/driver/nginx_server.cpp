// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "driver/bodies.hpp"
#include "driver/process.hpp"
#include "driver/server.hpp"
#include "emulator/certificate_authority.hpp"
#include "measure.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace rtkhooks::bench {
namespace {

namespace fs = std::filesystem;

void write_file(fs::path const& to, std::string const& text)
{
    std::ofstream file{to, std::ios::binary};
    if (!(file << text << std::flush))
        throw std::runtime_error{"cannot write " + to.string()};
}

std::string read_file(fs::path const& from)
{
    std::ifstream file{from, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void write_certificates(fs::path const& folder)
{
    emulation::certificate_authority const authority;
    write_file(folder / "ca.pem", authority.pem());
    auto const server = authority.issue();
    struct close_file {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    auto const open = [&](char const* name) {
        return std::unique_ptr<std::FILE, close_file>{std::fopen((folder / name).c_str(), "w")};
    };
    auto const certificate = open("server.pem");
    auto const key = open("server.key");
    if (!certificate || !key || PEM_write_X509(certificate.get(), server.certificate.get()) != 1 ||
        PEM_write_PrivateKey(key.get(), server.key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        throw std::runtime_error{"cannot write the server's certificate"};
}

/// One that was free a moment ago.
std::uint16_t free_port()
{
    auto const descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, host, &address.sin_addr);
    socklen_t size = sizeof address;
    bool const found = bind(descriptor, reinterpret_cast<sockaddr const*>(&address), size) == 0 &&
                       getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(descriptor);
    if (!found)
        throw std::runtime_error{"no free port"};
    return ntohs(address.sin_port);
}

/// An app for each answer, so that the address tells them apart and clients send the same requests.
std::string webhooks_of(int app)
{
    return std::string{"/client/v4/accounts/"} + account + "/realtime/kit/2b1e5f0c-6a5d-4d0c-9a8e-00000000000" +
           std::to_string(app) + "/webhooks";
}

std::string target_of(answer what)
{
    auto const collection = webhooks_of(static_cast<int>(what));
    bool const item = what != answer::thousand && what != answer::created;
    return item ? collection + "/" + webhook_id : collection;
}

std::string location(answer what, std::string const& directives)
{
    return "        location = " + target_of(what) + " { " + directives + " }\n";
}

// As a server in production has it, less logs. One cipher, so that no client does better by preferring a cheaper one.
std::string configuration(fs::path const& folder, std::uint16_t port)
{
    auto const within = folder.string();
    std::ostringstream text;
    text << "daemon off;\nmaster_process off;\n"
         << "pid " << within << "/nginx.pid;\nerror_log " << within << "/error.log warn;\n"
         << "events { worker_connections 4096; }\n"
         << "http {\n    access_log off;\n    default_type application/json;\n"
         << "    keepalive_requests 1000000000;\n    keepalive_timeout 1h;\n    tcp_nodelay on;\n"
         << "    etag off;\n    open_file_cache max=4 inactive=1h;\n    output_buffers 2 512k;\n";
    for (auto const* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        text << "    " << kind << "_temp_path " << within << "/" << kind << ";\n";
    text << "    server {\n        listen " << host << ":" << port << " ssl backlog=1024;\n"
         << "        ssl_certificate " << within << "/server.pem;\n        ssl_certificate_key " << within
         << "/server.key;\n        ssl_protocols TLSv1.3;\n"
         << "        ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;\n"
         << "        add_header cf-ray 8f00000000000000-FRA always;\n"
         << "        add_header Ratelimit '\"default\";r=100000000;t=300' always;\n"
         << "        add_header Ratelimit-Policy '\"default\";q=100000000;w=300' always;\n"
         << location(answer::one, "return 200 '" + one_webhook() + "';")
         << location(answer::thousand, "alias " + within + "/thousand.json;")
         << location(answer::created, "return 201 '" + one_webhook() + "';")
         << location(answer::missing, "return 404 '" + not_found() + "';")
         << location(answer::unavailable, "return 503 '" + unavailable() + "';")
         << location(answer::closing, "keepalive_timeout 0; return 200 '" + one_webhook() + "';") << "    }\n}\n";
    return text.str();
}

class nginx_server : public server {
public:
    nginx_server(std::string program, fs::path folder, int processor)
        : program_{std::move(program)}, folder_{std::move(folder)}
    {
        write_certificates(folder_);
        write_file(folder_ / "thousand.json", thousand_webhooks());
        for (int attempt = 0; attempt != 10 && !start(processor); ++attempt)
            process_.reset();
        if (!process_)
            throw std::runtime_error{"nginx did not start:\n" + read_file(folder_ / "error.log")};
    }

    [[nodiscard]] std::string name() const override { return "nginx, " + program_; }
    [[nodiscard]] std::uint16_t port() const override { return port_; }
    [[nodiscard]] fs::path ca_file() const override { return folder_ / "ca.pem"; }
    [[nodiscard]] std::string target(answer what) const override { return target_of(what); }

private:
    // It cannot choose a free port itself: one is tried, and another one where that is taken meanwhile.
    bool start(int processor)
    {
        port_ = free_port();
        auto const file = folder_ / "nginx.conf";
        write_file(file, configuration(folder_, port_));
        process_ = std::make_unique<process>(std::vector<std::string>{program_, "-p", folder_, "-c", file},
                                             std::vector<int>{processor});
        auto const pid = folder_ / "nginx.pid"; // written once the port is its own
        while (process_->running()) {
            if (fs::exists(pid) && fs::file_size(pid) != 0)
                return true;
            pause(std::chrono::milliseconds{10});
        }
        return false;
    }

    std::string program_;
    fs::path folder_;
    std::uint16_t port_ = 0;
    std::unique_ptr<process> process_;
};

} // namespace

scratch_folder::scratch_folder()
{
    auto name = (fs::temp_directory_path() / "rtkhooks-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
        throw std::runtime_error{"cannot make a folder " + name};
    path_ = name;
}

scratch_folder::~scratch_folder()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::unique_ptr<server> start_nginx(fs::path const& folder, int processor)
{
    auto program = find_program("nginx");
    if (program.empty())
        return nullptr;
    return std::make_unique<nginx_server>(std::move(program), folder, processor);
}

} // namespace rtkhooks::bench
