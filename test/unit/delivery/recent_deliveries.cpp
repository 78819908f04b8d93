// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/recent_deliveries.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace std::chrono_literals;
using rtkhooks::delivery::digest_of;
using rtkhooks::delivery::is_same_delivery;
using rtkhooks::delivery::recent_deliveries;

BOOST_AUTO_TEST_SUITE(delivery_recent)

namespace {
constexpr recent_deliveries::time_point start{std::chrono::hours{1000}};
}

BOOST_AUTO_TEST_CASE(known_by_body_and_by_id)
{
    recent_deliveries recent{10, 24h};
    BOOST_TEST(!recent.contains(digest_of("a"), "1", start, 24h));
    recent.add(digest_of("a"), "1", start);
    BOOST_TEST(recent.contains(digest_of("a"), "1", start, 24h));
    BOOST_TEST(recent.contains(digest_of("a"), "2", start, 24h), "the same body under another id");
    BOOST_TEST(recent.contains(digest_of("a"), "", start, 24h));
    BOOST_TEST(recent.contains(digest_of("b"), "1", start, 24h), "the same id with another body");
    BOOST_TEST(!recent.contains(digest_of("b"), "2", start, 24h));
    recent.add(digest_of("b"), "", start);
    BOOST_TEST(recent.contains(digest_of("b"), "3", start, 24h));
    BOOST_TEST(!recent.contains(digest_of("c"), "", start, 24h), "no id is nobody's id");
}

BOOST_AUTO_TEST_CASE(the_same_body_under_another_id_may_be_another_delivery)
{
    recent_deliveries recent{10, 24h};
    recent.add(digest_of("a"), "1", start);
    BOOST_TEST(recent.contains(digest_of("a"), "2", start + 1min - 1ms, 1min));
    BOOST_TEST(!recent.contains(digest_of("a"), "2", start + 1min, 1min));
    BOOST_TEST(!recent.contains(digest_of("a"), "2", start, 0s));
    BOOST_TEST(recent.contains(digest_of("a"), "1", start + 1h, 1min), "the same id");
    BOOST_TEST(recent.contains(digest_of("a"), "", start + 1min - 1ms, 1min));
    BOOST_TEST(!recent.contains(digest_of("a"), "", start + 1min, 1min));
    recent.add(digest_of("a"), "2", start + 1h);
    BOOST_TEST(recent.contains(digest_of("a"), "3", start + 1h + 59s, 1min), "from the latest on");
    BOOST_TEST(recent.contains(digest_of("b"), "1", start + 2h, 1min));
    BOOST_TEST(recent.contains(digest_of("b"), "2", start + 2h, 1min));
    BOOST_TEST(recent.contains(digest_of("a"), "3", start + 24h, 24h), "the first is forgotten, and the second is not");
    BOOST_TEST(recent.size() == 1u);
    recent.add(digest_of("c"), "", start + 24h);
    BOOST_TEST(recent.contains(digest_of("c"), "4", start + 24h + 1min - 1ms, 1min));
    BOOST_TEST(!recent.contains(digest_of("c"), "4", start + 24h + 1min, 1min), "one without an id silences no other");
}

BOOST_AUTO_TEST_CASE(one_body_under_two_ids)
{
    BOOST_TEST(is_same_delivery("1", "1", 1h, 1min));
    BOOST_TEST(is_same_delivery("1", "2", 1min - 1ns, 1min));
    BOOST_TEST(!is_same_delivery("1", "2", 1min, 1min));
    BOOST_TEST(!is_same_delivery("1", "2", 0s, 0s));
    for (std::string const id : {"", "2"}) {
        BOOST_TEST(is_same_delivery("", id, 1min - 1ns, 1min));
        BOOST_TEST(is_same_delivery(id, "", 1min - 1ns, 1min));
        BOOST_TEST(!is_same_delivery("", id, 1min, 1min));
        BOOST_TEST(!is_same_delivery(id, "", 1min, 1min));
    }
}

BOOST_AUTO_TEST_CASE(forgets_what_is_old)
{
    recent_deliveries recent{10, 24h};
    recent.add(digest_of("a"), "1", start);
    recent.add(digest_of("b"), "2", start + 1h);
    BOOST_TEST(recent.contains(digest_of("a"), "1", start + 24h - 1ms, 24h));
    BOOST_TEST(!recent.contains(digest_of("a"), "1", start + 24h, 24h));
    BOOST_TEST(recent.contains(digest_of("b"), "1", start + 24h, 24h));
    BOOST_TEST(recent.size() == 1u);
    BOOST_TEST(!recent.contains(digest_of("b"), "2", start + 25h, 24h));
    BOOST_TEST(recent.size() == 0u);
}

BOOST_AUTO_TEST_CASE(remembers_so_many_and_no_more)
{
    recent_deliveries recent{1000, 24h};
    for (int i = 0; i != 50'000; ++i) {
        auto const name = std::to_string(i);
        recent.add(digest_of(name), "id" + name, start);
        if (i % 5'000 == 0)
            BOOST_TEST(recent.contains(digest_of(name), {}, start, 24h));
    }
    BOOST_TEST(recent.size() == 1000u);
    BOOST_TEST(recent.contains(digest_of("49000"), {}, start, 24h));
    BOOST_TEST(recent.contains(digest_of("other"), "id49000", start, 24h));
    BOOST_TEST(!recent.contains(digest_of("48999"), {}, start, 24h));
    BOOST_TEST(!recent.contains(digest_of("other"), "id48999", start, 24h));

    recent_deliveries none{0, 24h};
    none.add(digest_of("a"), "1", start);
    BOOST_TEST(!none.contains(digest_of("a"), "1", start, 24h));
}

BOOST_AUTO_TEST_SUITE_END()
