// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/core.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

using namespace rtkhooks;
using namespace std::string_literals;
using detail::collection;

BOOST_AUTO_TEST_SUITE(client_collection)

namespace {

struct fixture {
    fixture()
    {
        client_config config;
        config.auth = credentials::api_token("t");
        config.base_url = "http://127.0.0.1/client/v4/";
        config.insecure_http_loopback = true;
        core = std::make_shared<detail::core>(context.get_executor(), std::move(config), detail::environment{});
    }

    boost::asio::io_context context;
    std::shared_ptr<detail::core> core;
};

struct row {
    std::string_view name;
    std::string id;
    std::string expected; ///< as it stands in the target, or nothing where it is refused
};

row const rows[] = {
    {"an id", "0f9a1c1e-5a0b-4c52", "0f9a1c1e-5a0b-4c52"},
    {"unreserved", "aZ09-._~", "aZ09-._~"},
    {"three dots", "...", "..."},
    {"what must be encoded", "a:b@c;d=e,f+g&h", "a%3Ab%40c%3Bd%3De%2Cf%2Bg%26h"},
    {"quotes and brackets", "\"<a>'[b]{c}", "%22%3Ca%3E%27%5Bb%5D%7Bc%7D"},
    {"P34: empty", "", {}},
    {"P34: this folder", ".", {}},
    {"P34: the folder above", "..", {}},
    {"P34: another path", "../../x", {}},
    {"P34: a slash", "a/b", {}},
    {"P34: a backslash", "a\\b", {}},
    {"P34: a query", "a?b=c", {}},
    {"P34: a fragment", "a#b", {}},
    {"P34: an encoded dot", "%2e%2e", {}},
    {"P34: 10 MB", std::string(10'000'000, 'a'), {}},
    {"F9: NUL", "a\0"s, {}},
    {"F9: CR LF", "a HTTP/1.1\r\nHost: evil", {}},
    {"F9: a space", "a b", {}},
    {"F9: UTF-8", "\xc3\xa9", {}},
};

/// The target, or the parameter that the refusal begins with.
std::string outcome(result<std::string> const& of)
{
    if (of)
        return *of;
    BOOST_TEST((of.error().code() == errc::invalid_argument));
    BOOST_TEST(of.error().request_state() == request_state::unsent);
    BOOST_TEST(of.error().message().size() < 300u);
    for (auto const* const name : {"account_id", "app_id"}) {
        if (of.error().message().find(name) != std::string::npos)
            return name;
    }
    return of.error().message().find("id ") != std::string::npos ? "id" : of.error().message();
}

} // namespace

BOOST_FIXTURE_TEST_CASE(targets, fixture)
{
    collection const webhooks{core, "acc", "app"};
    std::string const base = "/client/v4/accounts/acc/realtime/kit/app/webhooks";
    BOOST_TEST(outcome(webhooks.target()) == base);
    BOOST_TEST(outcome(webhooks.event_types_target()) == base + "/all");
    BOOST_TEST(outcome(webhooks.item_target("x")) == base + "/x");
}

BOOST_FIXTURE_TEST_CASE(ids_are_refused_or_encoded, fixture)
{
    collection const webhooks{core, "acc", "app"};
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            auto const& id = each.expected;
            bool const taken = !id.empty();
            std::string const prefix = "/client/v4/accounts/";
            collection const of_account{core, each.id, "app"};
            std::string const by_account = prefix + id + "/realtime/kit/app/webhooks";
            BOOST_TEST(outcome(of_account.target()) == (taken ? by_account : "account_id"));
            BOOST_TEST(outcome(of_account.item_target("x")) == (taken ? by_account + "/x" : "account_id"));
            BOOST_TEST(outcome(of_account.event_types_target()) == (taken ? by_account + "/all" : "account_id"));
            collection const of_app{core, "acc", each.id};
            std::string const by_app = prefix + "acc/realtime/kit/" + id + "/webhooks";
            BOOST_TEST(outcome(of_app.target()) == (taken ? by_app : "app_id"));
            BOOST_TEST(outcome(of_app.item_target("x")) == (taken ? by_app + "/x" : "app_id"));
            BOOST_TEST(outcome(webhooks.item_target(each.id)) ==
                       (taken ? prefix + "acc/realtime/kit/app/webhooks/" + id : "id"));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(all_is_no_item, fixture)
{
    collection const webhooks{core, "acc", "app"};
    BOOST_TEST(outcome(webhooks.item_target("all")) == "id", "that is where the event types are");
    for (auto const* const id : {"All", "ALL", "alle", "al", "all."})
        BOOST_TEST(outcome(webhooks.item_target(id)).ends_with("/webhooks/"s + id), id);
    BOOST_TEST(outcome(collection{core, "all", "all"}.target()) == "/client/v4/accounts/all/realtime/kit/all/webhooks");
}

BOOST_AUTO_TEST_SUITE_END()
