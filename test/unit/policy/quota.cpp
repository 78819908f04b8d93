// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/quota.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rtkhooks;
using namespace std::chrono_literals;
using policy::quota_fields;
using policy::read_quotas;
using policy::requests_remaining;

BOOST_AUTO_TEST_SUITE(policy_quota)

BOOST_AUTO_TEST_CASE(what_is_left)
{
    using text = std::optional<std::string_view>;
    using count = std::optional<std::int64_t>;
    struct row {
        std::string_view name;
        text rate_limit;
        text x_remaining;
        count expected;
    };
    row const rows[] = {
        {"neither", {}, {}, {}},
        {"row 72: as documented", R"("default";r=50;t=30)", {}, 50},
        {"row 72: none left", R"("default";r=0;t=30)", {}, 0},
        {"other order", R"("default";t=30;r=50)", {}, 50},
        {"white space", R"( "default" ; t=30 ;	r=50 )", {}, 50},
        {"a token for a name", "default;r=50", {}, 50},
        {"the least of a list", R"("burst";r=7;t=1, "daily";r=3;t=9,"x";r=5)", {}, 3},
        {"an item without r", R"("burst";t=1, "daily";r=3)", {}, 3},
        {"separators in quotes", R"("a,b;r=1";r=5)", {}, 5},
        {"an escaped quote", R"("a\";r=1";r=5)", {}, 5},
        {"an escaped backslash", R"("a\\";r=5)", {}, 5},
        {"a quote without end", R"("a;r=5)", {}, {}},
        {"a backslash at the end", R"("a\)", {}, {}},
        {"r as a name", "r=5", {}, {}},
        {"another parameter that ends so", R"("a";ttr=5)", {}, {}},
        {"negative", R"("a";r=-5)", {}, {}},
        {"a sign", R"("a";r=+5)", {}, {}},
        {"no number", R"("a";r=x)", {}, {}},
        {"nothing", R"("a";r=)", {}, {}},
        {"more than a number", R"("a";r=5x)", {}, {}},
        {"a fraction", R"("a";r=5.5)", {}, {}},
        {"the largest", R"("a";r=9223372036854775807)", {}, 9223372036854775807},
        {"larger than the largest", R"("a";r=9223372036854775808)", {}, {}},
        {"separators alone", ",;,,;;", {}, {}},
        {"empty", "", {}, {}},
        {"the older header", {}, "49", 49},
        {"the older header, with white space", {}, " 49\t", 49},
        {"the older header, garbage", {}, "many", {}},
        {"the older header, negative", {}, "-1", {}},
        {"the older header, empty", {}, "", {}},
        {"both: the newer counts", R"("default";r=50)", "49", 50},
        {"both: the newer is garbage", "garbage", "49", 49},
    };
    for (auto const& each : rows) {
        quota_fields fields;
        fields.rate_limit = each.rate_limit;
        fields.x_remaining = each.x_remaining;
        auto const left = requests_remaining(fields);
        BOOST_TEST((left == each.expected), each.name << ": " << left.value_or(-1));
    }
}

BOOST_AUTO_TEST_CASE(when_it_starts_anew)
{
    using text = std::optional<std::string_view>;
    struct row {
        std::string_view name;
        text rate_limit;
        text policy;
        text x_remaining;
        text x_reset;
        std::string_view expected; // "remaining/seconds ..."
        std::optional<std::chrono::seconds> retry_after = {};
    };
    row const rows[] = {
        {"by t", R"("default";r=50;t=30)", R"("default";q=100;w=60)", {}, {}, "50/30 "},
        {"by the policy of its name", R"("b";r=5)", R"("a";q=9;w=10, "b";q=8;w=20)", {}, {}, "5/20 "},
        {"by no policy of another name", R"("c";r=5)", R"("a";q=9;w=10)", {}, {}, "5/300 "},
        {"by nothing", R"("c";r=5;t=x)", {}, {}, {}, "5/300 "},
        {"each", R"("a";r=1;t=2, "b";r=0;t=3)", {}, {}, {}, "1/2 0/3 "},
        {"four at most", R"(a;r=1;t=1,b;r=2;t=2,c;r=3;t=3,d;r=4;t=4,e;r=5;t=5)", {}, {}, {}, "1/1 2/2 3/3 4/4 "},
        {"four with the least left",
         R"(a;r=1;t=1,b;r=9;t=2,c;r=3;t=3,d;r=4;t=4,e;r=0;t=5)",
         {},
         {},
         {},
         "1/1 0/5 3/3 4/4 "},
        {"by the longest policy of its name", R"("b";r=5)", R"("b";q=9;w=10, "b";q=8;w=20, "b";q=1)", {}, {}, "5/20 "},
        {"the older header, by nothing", {}, {}, "7", {}, "7/300 "},
        {"the older header, by a policy", {}, R"("a";q=9;w=10)", "7", {}, "7/10 "},
        {"the older header, by its date", {}, R"("a";q=9;w=10)", "0", "Tue, 24 Nov 2026 12:01:30 GMT", "0/90 "},
        {"the older header, by the longest policy", {}, R"("a";q=9;w=10, "b";q=9;w=60)", "7", {}, "7/60 "},
        {"the older header, in several lines", {}, {}, "100, 0,7", {}, "0/300 "},
        {"the older header, by a date that is now", {}, {}, "0", "Tue, 24 Nov 2026 12:00:00 GMT", "0/0 "},
        {"the older header, by a date that has just passed", {}, {}, "0", "Tue, 24 Nov 2026 11:59:58 GMT", "0/0 "},
        {"the older header, by a date that passed long ago", {}, {}, "0", "Tue, 24 Nov 2026 11:00:00 GMT", "0/300 "},
        {"the older header, by garbage", {}, {}, "0", "soon", "0/300 "},
        {"a policy alone", {}, R"("a";q=9;w=10)", {}, {}, ""},
        {"a refusal, by t", R"("a";r=0;t=30)", {}, {}, {}, "0/30 ", 5s},
        {"a refusal, by its pause", R"("a";r=0)", R"("a";q=9;w=10)", {}, {}, "0/5 ", 5s},
        {"the older header, of a refusal, by its pause", {}, R"("a";q=9;w=10)", "0", {}, "0/5 ", 5s},
        {"the older header, of a refusal, by a date that has just passed",
         {},
         {},
         "0",
         "Tue, 24 Nov 2026 11:59:50 GMT",
         "0/0 ",
         5s},
    };
    for (auto const& each : rows) {
        quota_fields fields;
        fields.retry_after = each.retry_after;
        fields.rate_limit = each.rate_limit;
        fields.rate_limit_policy = each.policy;
        fields.x_remaining = each.x_remaining;
        fields.x_reset = each.x_reset;
        fields.date = "Tue, 24 Nov 2026 12:00:00 GMT";
        std::string found;
        for (auto const& item : read_quotas(fields, 300s, {}))
            found += std::to_string(item.remaining) + '/' + std::to_string(item.reset.count()) + ' ';
        BOOST_TEST(found == each.expected, each.name << ": " << found);
    }
}

/// Else a hostile server's header would take minutes, and it may have 16 MiB.
BOOST_AUTO_TEST_CASE(many_items_and_many_policies)
{
    std::string items;
    std::string policies;
    for (int i = 0; i != 1'000'000; ++i) {
        items += "a;r=1,";
        policies += "a;w=9,";
    }
    quota_fields fields;
    fields.rate_limit = items;
    fields.rate_limit_policy = policies;
    auto const found = read_quotas(fields, 300s, {});
    BOOST_TEST(found.size() == 4U);
    for (auto const& each : found)
        BOOST_TEST((each.reset == 9s));
}

BOOST_AUTO_TEST_SUITE_END()
