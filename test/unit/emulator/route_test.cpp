// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/route.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <vector>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_route)

namespace {

using resource = route::resource;

struct case_of {
    std::string target;
    resource what;
    std::string account;
    std::string app;
    std::string id;
};

} // namespace

BOOST_AUTO_TEST_CASE(table)
{
    std::string const long_id(128, 'x');
    std::vector<case_of> const cases{
        {"/client/v4/accounts/a/realtime/kit/b/webhooks", resource::collection, "a", "b", ""},
        {"/accounts/a/realtime/kit/b/webhooks", resource::collection, "a", "b", ""},
        {"/accounts/a/realtime/kit/b/webhooks?x=/y/z", resource::collection, "a", "b", ""},
        {"/accounts/a/realtime/kit/b/webhooks/c", resource::item, "a", "b", "c"},
        {"/accounts/a/realtime/kit/b/webhooks/c?d", resource::item, "a", "b", "c"},
        {"/accounts/a/realtime/kit/b/webhooks/all", resource::event_types, "a", "b", "all"},
        {"/accounts/a/realtime/kit/b/webhooks/%61ll", resource::event_types, "a", "b", "all"},
        {"/accounts/%41%2f%2E/realtime/kit/%C3%bc/webhooks/%25", resource::item, "A/.", "\xc3\xbc", "%"},
        {"/%61ccounts/a/realtime/kit/b/webhooks", resource::collection, "a", "b", ""},
        {"https://localhost:1/client/v4/accounts/a/realtime/kit/b/webhooks/c", resource::item, "a", "b", "c"},
        {"http://localhost/accounts/a/realtime/kit/b/webhooks", resource::collection, "a", "b", ""},
        {"/accounts/" + long_id + "/realtime/kit/b/webhooks", resource::collection, long_id, "b", ""},

        {"", resource::none, "", "", ""},
        {"/", resource::none, "", "", ""},
        {"*", resource::none, "", "", ""},
        {"localhost:443", resource::none, "", "", ""},
        {"https://localhost", resource::none, "", "", ""},
        {"accounts/a/realtime/kit/b/webhooks", resource::none, "", "", ""},
        {"/client/v4", resource::none, "", "", ""},
        {"/client/v4/", resource::none, "", "", ""},
        {"/client/v5/accounts/a/realtime/kit/b/webhooks", resource::none, "", "", ""},
        {"/client/v4/client/v4/accounts/a/realtime/kit/b/webhooks", resource::none, "", "", ""},
        {"//accounts/a/realtime/kit/b/webhooks", resource::none, "", "", ""},
        {"/accounts/a/realtime/kit/b", resource::none, "", "", ""},
        {"/accounts/a/realtime/kit/b/webhook", resource::none, "", "", ""},
        {"/accounts/a/realtime/kit/b/webhooks/", resource::none, "", "", ""},
        {"/accounts/a/realtime/kit/b/webhooks/c/", resource::none, "", "", ""},
        {"/accounts/a/realtime/kit/b/webhooks/c/d", resource::none, "", "", ""},
        {"/accounts//realtime/kit/b/webhooks", resource::none, "", "", ""},
        {"/accounts/a/realtime/kit//webhooks", resource::none, "", "", ""},
        {"/accounts/./realtime/kit/b/webhooks", resource::none, "", "", ""},
        {"/accounts/a/realtime/kit/%2e%2e/webhooks", resource::none, "", "", ""},
        {"/accounts/a/realtime/kit/b/webhooks/..", resource::none, "", "", ""},
        {"/accounts/" + long_id + "x/realtime/kit/b/webhooks", resource::none, "", "", ""},
        {"xaccounts/a/realtime/kit/b/webhooks", resource::none, "", "", ""},
        {"/accounts/a/realtimes/kit/b/webhooks", resource::none, "", "", ""},
        {"/accounts/a/realtime/kits/b/webhooks", resource::none, "", "", ""},
        {"/zones/a/realtime/kit/b/webhooks", resource::none, "", "", ""},

        {"/emulator/events", resource::events, "", "", ""},
        {"/emulator/events?a=b", resource::events, "", "", ""},
        {"https://localhost:1/emulator/events", resource::events, "", "", ""},
        {"/emulator/events/", resource::none, "", "", ""},
        {"/client/v4/emulator/events", resource::none, "", "", ""},
        {"/.well-known/webhooks.json", resource::public_key, "", "", ""},
        {"/.well-known/webhooks", resource::none, "", "", ""},
        {"/client/v4/.well-known/webhooks.json", resource::none, "", "", ""},

        {"/accounts/%/realtime/kit/b/webhooks", resource::malformed, "", "", ""},
        {"/accounts/a/realtime/kit/b/webhooks/%4", resource::malformed, "", "", ""},
        {"/accounts/a/realtime/kit/b/webhooks/%4g", resource::malformed, "", "", ""},
        {"/accounts/a/realtime/kit/b/webhooks/%g4", resource::malformed, "", "", ""},
    };
    for (auto const& each : cases) {
        BOOST_TEST_CONTEXT(each.target)
        {
            auto const found = find_route(each.target);
            BOOST_CHECK(found.what == each.what);
            BOOST_TEST(found.account == each.account);
            BOOST_TEST(found.app == each.app);
            BOOST_TEST(found.id == each.id);
        }
    }
}

BOOST_AUTO_TEST_CASE(reads_no_further_than_the_target)
{
    std::string const longer = "/accounts/a/realtime/kit/b/webhooks/%41";
    for (std::size_t const less : {1U, 2U})
        BOOST_CHECK(find_route(std::string_view{longer}.substr(0, longer.size() - less)).what == resource::malformed);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
