// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "driver/bodies.hpp"
#include "driver/process.hpp"
#include "driver/server.hpp"
#include "measure.hpp"

#include <rtkhooks/client.hpp>
#include <rtkhooks/emulator.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <fstream>
#include <stdexcept>

namespace rtkhooks::bench {
namespace {

namespace fs = std::filesystem;
namespace net = boost::asio;

constexpr char const* app_of_one = "2b1e5f0c-6a5d-4d0c-9a8e-000000000000";
constexpr char const* app_of_thousand = "2b1e5f0c-6a5d-4d0c-9a8e-000000000001";

/// Creates webhooks with all events, and gives the last one's id.
net::awaitable<std::string> create(webhook_collection hooks, std::size_t count)
{
    std::string id;
    for (std::size_t i = 0; i != count; ++i) {
        webhook_spec const spec{created_name, std::string{created_url} + "/" + std::to_string(i), event_set::all()};
        auto made = co_await hooks.create(spec);
        id = made.value().id;
    }
    co_return id;
}

class emulator_server : public server {
public:
    emulator_server(fs::path const& folder, int processor) : ca_file_{folder / "ca.pem"}
    {
        auto const all = usable_processors();
        pin_this_thread({processor}); // which the emulator's thread inherits
        emulator_ = std::make_unique<emulator>(emulator_options{}.token(token));
        pin_this_thread(all);
        std::ofstream{ca_file_} << emulator_->ca_pem();
        net::io_context context;
        client api{context, emulator_->config()};
        auto one = net::co_spawn(context, create(api.webhooks(account, app_of_one), 1), net::use_future);
        auto thousand =
            net::co_spawn(context, create(api.webhooks(account, app_of_thousand), list_length), net::use_future);
        while (one.wait_for(std::chrono::seconds{0}) != std::future_status::ready ||
               thousand.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
            context.run_one();
        id_ = one.get();
        thousand.get();
    }

    [[nodiscard]] std::string name() const override { return "this project's emulator"; }
    [[nodiscard]] std::uint16_t port() const override { return emulator_->port(); }
    [[nodiscard]] fs::path ca_file() const override { return ca_file_; }

    [[nodiscard]] std::string target(answer what) const override
    {
        auto const webhooks = [](std::string const& app) {
            return std::string{"/client/v4/accounts/"} + account + "/realtime/kit/" + app + "/webhooks";
        };
        switch (what) {
        case answer::one:
        case answer::unavailable:
            return webhooks(app_of_one) + "/" + id_;
        case answer::thousand:
            return webhooks(app_of_thousand);
        case answer::missing:
            return webhooks(app_of_one) + "/" + webhook_id;
        case answer::created: // would refuse the second one
        case answer::closing: // cannot
            break;
        }
        return "";
    }

    void prepare(answer what, std::size_t requests) override
    {
        if (what == answer::unavailable)
            emulator_->fail_next(503, requests);
    }

private:
    fs::path ca_file_;
    std::unique_ptr<emulator> emulator_;
    std::string id_;
};

} // namespace

std::unique_ptr<server> start_emulator(fs::path const& folder, int processor)
{
    return std::make_unique<emulator_server>(folder, processor);
}

} // namespace rtkhooks::bench
