// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <optional>

// Rows 12 and 99: every single allocation of a call fails once. The call ends, by an error or an exception; the client
// is as good as before, and nothing leaks (which a sanitizer sees).

namespace {

// Of this thread alone: the server's have their memory.
thread_local long allocations_until_failure = -1;
thread_local bool failed = false;

void* allocate(std::size_t size)
{
    if (allocations_until_failure >= 0 && allocations_until_failure-- == 0) {
        failed = true;
        throw std::bad_alloc{};
    }
    if (auto* const memory = std::malloc(size != 0 ? size : 1))
        return memory;
    throw std::bad_alloc{};
}

} // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace rtkhooks;
using namespace std::chrono_literals;
using test::scripted_server;
namespace net = boost::asio;

namespace {

/// Runs until a call has ended in whichever way: where memory lacks, an exception may come out of run(), too.
struct one_call {
    std::optional<result<webhook>> outcome;
    bool threw = false;
    bool ended = false;

    void perform(net::io_context& context, webhook_collection const& hooks, long failing)
    {
        auto const alive = std::make_shared<int>();
        failed = false;
        context.restart();
        allocations_until_failure = failing;
        try {
            net::co_spawn(context, hooks.get(test::some_id),
                          [this, alive](std::exception_ptr thrown, std::optional<result<webhook>> got) {
                              allocations_until_failure = -1;
                              threw = threw || thrown != nullptr;
                              if (!thrown)
                                  outcome = std::move(got);
                          });
        } catch (std::bad_alloc const&) {
            threw = true;
        }
        for (std::size_t ran = 1; alive.use_count() != 1 && ran != 0;) {
            try {
                ran = context.run_one();
            } catch (std::bad_alloc const&) {
                threw = true;
            }
        }
        allocations_until_failure = -1;
        ended = alive.use_count() == 1;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(each_fails_once)
{
    scripted_server server{test::answer_all};
    auto config = server.config();
    config.timeouts.call = 5s;
    for (bool const connected : {false, true}) {
        int failures = 0;
        for (long failing = 0; failing == 0 || failed; ++failing) {
            BOOST_TEST_CONTEXT("allocation " << failing << (connected ? " on a reused connection" : ""))
            {
                net::io_context context{1};
                client api{context, config};
                auto const hooks = api.webhooks(test::account, test::app);
                if (connected) {
                    one_call before;
                    before.perform(context, hooks, -1);
                    BOOST_TEST((before.outcome && before.outcome->has_value()));
                }
                one_call broken;
                broken.perform(context, hooks, failing);
                bool const struck = failed;
                failures += struck ? 1 : 0;
                BOOST_TEST(broken.ended, "P17: it ends");
                if (broken.outcome && broken.outcome->has_error())
                    BOOST_TEST((broken.outcome->error().code() == errc::resource_exhausted), broken.outcome->error());
                else
                    BOOST_TEST((broken.threw || broken.outcome), "row 12: it ends");
                one_call after;
                after.perform(context, hooks, -1);
                BOOST_TEST_INFO((after.outcome && after.outcome->has_error() ? after.outcome->error() : error{}));
                BOOST_TEST((after.outcome && after.outcome->has_value()), "row 12: the client works on");
                BOOST_TEST(api.stats().busy == 0U);
                failed = struck;
            }
        }
        BOOST_TEST_MESSAGE(failures << " allocations");
        BOOST_TEST(failures > (connected ? 3 : 20));
    }
}

BOOST_AUTO_TEST_SUITE_END()
