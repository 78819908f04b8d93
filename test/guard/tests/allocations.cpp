// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "guard/figures.hpp"
#include "guard/memory_count.hpp"
#include "guard/warm_client.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rtkhooks::test;

BOOST_AUTO_TEST_SUITE(allocations)

namespace {

constexpr int calls = 100;

/// Counts what is allocated from the one time to the other.
class allocation_count {
public:
    [[nodiscard]] auto begin()
    {
        return [this] { before_ = memory_now(); };
    }
    [[nodiscard]] auto end()
    {
        return [this] { between_ = memory_now() - before_; };
    }
    [[nodiscard]] memory_count const& between() const noexcept { return between_; }

private:
    memory_count before_;
    memory_count between_;
};

} // namespace

/// With what the caller gives and gets: an id, a specification, a webhook's own strings.
BOOST_AUTO_TEST_CASE(each_operation)
{
    warm_client user;
    for (auto const what : operations) {
        allocation_count count;
        user.make_calls(what, calls, count.begin(), count.end());
        auto const name = std::string{to_string(what)};
        BOOST_TEST(count.between().allocations >= calls, "they are counted");
        BOOST_TEST(count.between().by_openssl >= calls, "OpenSSL's are counted");
        BOOST_TEST(within_bound(name + ".allocations", count.between().allocations, calls));
        BOOST_TEST(within_bound(name + ".openssl_allocations", count.between().by_openssl, calls));
        BOOST_TEST(count.between().bytes == 0, "what a call takes it gives back");
    }
}

BOOST_AUTO_TEST_CASE(a_get_that_waits_for_its_connection)
{
    warm_client user;
    allocation_count count;
    user.make_calls_that_wait(operation::get, calls, count.begin(), count.end());
    BOOST_TEST(within_bound("queued_get.allocations", count.between().allocations, 2 * calls));
}

BOOST_AUTO_TEST_SUITE_END()
