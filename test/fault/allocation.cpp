// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "fault/matrix.hpp"
#include "fault/temporary_file.hpp"
#include "fault/trusted_directory.hpp"
#include "fixtures/environment_variable.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/eventually.hpp"
#include "integration/manual_clock.hpp"
#include "integration/unreachable.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <dlfcn.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Rows 12 and 99: every single allocation of a call fails, ours and OpenSSL's, alone and with all behind it. The call
// ends, by an error or an exception; the client is as good as before, and nothing leaks (which a sanitizer sees). And rows
// 51, 53, 54 and 60: how much is allocated for answers without end.

namespace {

// Of this thread alone: the server's have their memory.
thread_local long until_failure = -1;
thread_local long openssl_until_failure = -1;
thread_local bool fails_on = false; // after the first that fails, all do
thread_local bool failed = false;
thread_local long long in_use = 0;
thread_local long long most_in_use = 0;

bool strikes(long& left)
{
    if (left < 0 || (left != 0 && left-- != 0))
        return false;
    left -= fails_on ? 0 : 1;
    failed = true;
    return true;
}

void* counted(void* memory)
{
    in_use += static_cast<long long>(malloc_usable_size(memory));
    most_in_use = std::max(in_use, most_in_use);
    return memory;
}

void* allocate(std::size_t size)
{
    auto* const memory = strikes(until_failure) ? nullptr : std::malloc(size != 0 ? size : 1);
    if (memory == nullptr)
        throw std::bad_alloc{};
    return counted(memory);
}

void give_back(void* memory) noexcept
{
    in_use -= static_cast<long long>(malloc_usable_size(memory));
    std::free(memory);
}

void* openssl_allocate(std::size_t size, char const*, int)
{
    return strikes(openssl_until_failure) ? nullptr : counted(std::malloc(size));
}

void* openssl_reallocate(void* memory, std::size_t size, char const*, int)
{
    if (strikes(openssl_until_failure))
        return nullptr;
    in_use -= static_cast<long long>(malloc_usable_size(memory));
    return counted(std::realloc(memory, size));
}

void openssl_give_back(void* memory, char const*, int) { give_back(memory); }

// Refused once OpenSSL has allocated anything: so here, before main().
bool const openssl_is_counted = CRYPTO_set_mem_functions(openssl_allocate, openssl_reallocate, openssl_give_back) == 1;

} // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }

// Where Asio has its handlers' memory from. What it gives back is not seen, so that it is not counted. Where all fail, these
// do not: without memory to destroy a coroutine, Asio ends the program.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    using function = void* (*)(std::size_t, std::size_t);
    static auto const system = reinterpret_cast<function>(dlsym(RTLD_NEXT, "aligned_alloc"));
    return !fails_on && strikes(until_failure) ? nullptr : system(alignment, size);
}

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::http_answer;
using test::scripted_server;
namespace responses = rtkhooks::test::responses;
namespace net = boost::asio;

namespace {

enum class allocator { own, openssl };

/// Has one of the next allocations fail. -1: none.
void fail_allocation(long which, allocator whose = allocator::own)
{
    failed = false;
    until_failure = whose == allocator::own ? which : -1;
    openssl_until_failure = whose == allocator::openssl ? which : -1;
}

/// OpenSSL has thousands.
long step(allocator whose)
{
    return whose == allocator::openssl && std::getenv("RTKHOOKS_LONG_TESTS") == nullptr ? 7 : 1;
}

void fail_no_more()
{
    until_failure = openssl_until_failure = -1;
    fails_on = false;
}

/// What can be called: that which has a method of its own, and the list.
enum class called { get, create, edit, list };

awaitable<std::optional<error>> perform(webhook_collection hooks, called what, call_options options)
{
    std::optional<error> problem;
    if (what == called::list) {
        auto const got = co_await hooks.list(std::move(options));
        if (!got)
            problem = got.error();
        co_return problem;
    }
    auto const which = what == called::get      ? test::operation::get
                       : what == called::create ? test::operation::create
                                                : test::operation::edit;
    problem = co_await test::perform(std::move(hooks), which, std::move(options));
    co_return problem;
}

/// Runs until a call has ended in whichever way: where memory lacks, an exception may come out of run(), too.
struct one_call {
    std::optional<error> problem;
    net::cancellation_signal cancellation; // connected, as it is for most callers
    std::shared_ptr<int> const alive = std::make_shared<int>();
    bool succeeded = false;
    bool threw = false;
    bool told = false; // whoever began it
    bool ended = false;

    void perform(net::io_context& context, webhook_collection const& hooks, long failing)
    {
        fail_allocation(failing);
        begin(context, hooks, {});
        go_on(context, at_leisure);
    }

    void begin(net::io_context& context, webhook_collection const& hooks, call_options options,
               called what = called::get)
    {
        context.restart();
        try {
            net::co_spawn(
                context, ::perform(hooks, what, std::move(options)),
                net::bind_cancellation_slot(cancellation.slot(),
                                            [this, alive = alive](std::exception_ptr thrown, std::optional<error> how) {
                                                fail_no_more();
                                                told = true;
                                                threw = threw || thrown != nullptr;
                                                succeeded = !thrown && !how;
                                                problem = std::move(how);
                                            }));
        } catch (std::bad_alloc const&) {
            threw = told = true;
        }
    }

    /// Waits for a handler to run. Whatever is to happen takes less.
    static std::size_t at_leisure(net::io_context& context) { return context.run_one_for(20s); }
    static std::size_t at_once(net::io_context& context) { return context.poll_one(); }

    /// @param step runs a handler, or none where there is none to wait for
    void go_on(net::io_context& context, std::size_t (*step)(net::io_context&))
    {
        for (std::size_t ran = 1; alive.use_count() != 1 && ran != 0;) {
            try {
                ran = step(context);
            } catch (std::bad_alloc const&) {
                threw = true;
            }
        }
        fail_no_more();
        ended = alive.use_count() == 1;
    }
};

/// Has each allocation of a client's first call fail, one after another, until none does.
template <class Check>
void fail_each_of_a_first_call(client_config const& config, Check check)
{
    for (long failing = 0; failing == 0 || failed; ++failing) {
        BOOST_TEST_CONTEXT("allocation " << failing)
        {
            net::io_context context{1};
            client api{context, config};
            one_call broken;
            broken.perform(context, api.webhooks(test::account, test::app), failing);
            BOOST_TEST(broken.ended, "P17: it ends");
            check(broken);
        }
    }
}

/// Has memory for some of its alarms alone.
class forgetful_clock final : public transport::clock {
public:
    /// @param left how many it has memory for
    forgetful_clock(std::unique_ptr<transport::clock> real, std::shared_ptr<long> left)
        : real_{std::move(real)}, left_{std::move(left)}
    {
    }

    transport::time_point now() const noexcept override { return real_->now(); }
    void wake_at(transport::time_point when) override
    {
        if ((*left_)-- <= 0)
            throw std::bad_alloc{};
        real_->wake_at(when);
    }
    void silence() override { real_->silence(); }
    void abandon() noexcept override { real_->abandon(); }

private:
    std::unique_ptr<transport::clock> real_;
    std::shared_ptr<long> left_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(each_fails_once)
{
    BOOST_TEST_REQUIRE(openssl_is_counted);
    // With a list in two lines, which are joined.
    std::string const quotas = "Ratelimit: \"burst\";r=900;t=1\r\nRatelimit: \"default\";r=900;t=30\r\n";
    scripted_server server{[&](scripted_server::session& connection) {
        for (;;) {
            auto const request = connection.read_request();
            bool const is_list = request.starts_with("GET ") && request.find("/webhooks HTTP/1.1\r\n") != request.npos;
            connection.send(http_answer(200, is_list ? responses::list_of_two : responses::webhook, quotas));
        }
    }};
    auto config = server.config();
    config.timeouts.call = 5s;
    test::trusted_directory const directory{config.tls.ca_pem};
    enum class kind { first, reused, after_a_look_up, with_a_directory };
    struct {
        char const* name;
        called what;
        kind which;
        allocator whose;
        int least; ///< failures
    } const cases[] = {
        {"a get, the first call", called::get, kind::first, allocator::own, 20},
        {"a get", called::get, kind::reused, allocator::own, 3},
        {"a get, after a look-up", called::get, kind::after_a_look_up, allocator::own, 20},
        {"a creation, the first call", called::create, kind::first, allocator::own, 20},
        {"a creation", called::create, kind::reused, allocator::own, 3},
        {"an edit", called::edit, kind::reused, allocator::own, 3},
        {"a list", called::list, kind::reused, allocator::own, 3},
        {"OpenSSL's, in a get, the first call", called::get, kind::first, allocator::openssl, 100},
        {"OpenSSL's, in a get, the first call, trusting a directory", called::get, kind::with_a_directory,
         allocator::openssl, 100},
        {"OpenSSL's, in a creation", called::create, kind::reused, allocator::openssl, 1},
    };
    struct sent {
        std::string marker;
        bool unsent;
    };
    std::vector<sent> calls;
    for (auto const& [name, what, which, whose, least] : cases) {
        bool const connected = which == kind::reused;
        int failures = 0;
        int told = 0;
        int untold = 0;
        for (long failing = 0; failing == 0 || failed; failing += connected ? 1 : step(whose)) {
            BOOST_TEST_CONTEXT("allocation " << failing << " of " << name)
            {
                detail::environment world;
                world.lookup = [port = server.port()](auto const&, auto) {
                    return transport::lookup_result{
                        std::vector{transport::endpoint{net::ip::make_address("127.0.0.1"), port}}};
                };
                auto own = config;
                if (which == kind::after_a_look_up)
                    own.resolve.clear();
                if (which == kind::with_a_directory) {
                    own.tls.ca_pem.clear();
                    own.tls.ca_directory = directory.path();
                }
                net::io_context context{1};
                client api{detail::client_access::make(context.get_executor(), own, std::move(world))};
                auto const hooks = api.webhooks(test::account, test::app);
                if (connected) {
                    one_call before;
                    before.perform(context, hooks, -1);
                    BOOST_TEST(before.succeeded);
                }
                one_call broken;
                auto& call = calls.emplace_back(std::to_string(calls.size()), false);
                auto options = call_options{}.header("X-Marker", call.marker);
                fail_allocation(failing, whose);
                broken.begin(context, hooks, std::move(options), what);
                broken.go_on(context, one_call::at_leisure);
                bool const struck = failed;
                failures += struck ? 1 : 0;
                BOOST_TEST(broken.ended, "P17: it ends");
                if (broken.problem) {
                    auto const& why = *broken.problem;
                    call.unsent = why.request_state() == request_state::unsent;
                    // OpenSSL does not always say that it is memory that lacks, and the server may be who complains.
                    bool const something_else = why.code() == errc::tls_failed || why.code() == errc::connection_lost;
                    BOOST_TEST(
                        (why.code() == errc::resource_exhausted || (whose == allocator::openssl && something_else)),
                        why);
                    told += why.code() == errc::resource_exhausted ? 1 : 0;
                    BOOST_TEST((why.phase() != phase::prepare || call.unsent), why);
                } else {
                    BOOST_TEST((broken.threw || broken.succeeded), "rows 12, 99: it ends");
                }
                untold += broken.told ? 0 : 1;
                one_call after;
                after.perform(context, hooks, -1);
                BOOST_TEST_INFO(after.problem.value_or(error{}));
                BOOST_TEST(after.succeeded, "row 12: the client works on");
                BOOST_TEST(api.stats().busy == 0U);
                failed = struck;
            }
        }
        BOOST_TEST(untold <= 2, "none but what co_spawn() itself has no memory for: " << untold);
        BOOST_TEST_MESSAGE(name << ": " << failures << " allocations, " << untold << " untold, and " << told
                                << " errors say so");
        BOOST_TEST(failures >= least);
    }
    for (auto const& each : calls) {
        auto const arrivals = server.arrivals(each.marker);
        BOOST_TEST(arrivals <= 1, "P1: " << each.marker);
        BOOST_TEST((!each.unsent || arrivals == 0), "P3: " << each.marker);
    }
}

/// What tells of a server that refuses connections takes memory, too.
BOOST_AUTO_TEST_CASE(each_fails_once_where_nobody_listens)
{
    test::closed_port const nobody;
    auto config = scripted_server::config_for(nobody.number(), {});
    config.timeouts.call = config.timeouts.connect = 1h; // neither is what ends it
    int failures = 0;
    fail_each_of_a_first_call(config, [&](one_call const& call) {
        failures += failed ? 1 : 0;
        if (call.problem) {
            auto const code = call.problem->code();
            BOOST_TEST((code == errc::connect_failed || (failed && code == errc::resource_exhausted)), *call.problem);
        }
    });
    BOOST_TEST(failures >= 20);
}

/// An address that refuses is no reason to give up the next, whether or not there is memory to say so.
BOOST_AUTO_TEST_CASE(each_fails_once_where_one_of_two_listens)
{
    scripted_server server{test::answer_all};
    auto config = server.config();
    config.resolve.clear();
    for (auto const* const address : {"127.0.0.3", "127.0.0.1"})
        config.resolve.emplace_back("server.test", server.port(), address);
    config.timeouts.call = config.timeouts.connect = 1h;
    int connecting = 0; // in vain
    int spared = 0;
    bool connected = false;
    fail_each_of_a_first_call(config, [&](one_call const& call) {
        connecting += call.problem && call.problem->phase() == phase::connect ? 1 : 0;
        connected = connected || (call.problem && call.problem->phase() == phase::tls_handshake);
        spared += failed && call.succeeded && !connected ? 1 : 0;
    });
    BOOST_TEST(connecting >= 2);
    BOOST_TEST(spared >= 1, "the words for a refusal are all that can be done without while connecting");
}

BOOST_AUTO_TEST_CASE(an_alarm_that_cannot_be_set_leaves_the_one_before)
{
    net::io_context context{1};
    int rung = 0;
    auto const clock = transport::make_steady_clock(context.get_executor(), [&] { ++rung; });
    clock->wake_at(clock->now() + 10ms);
    clock->wake_at(clock->now() + 20ms); // Asio has room for two now
    int set = 0;
    bool thrown = false;
    try { // BOOST_CHECK_THROW allocates itself
        for (; set != 100; ++set) {
            fail_allocation(0);
            clock->wake_at(clock->now() + 20ms);
        }
    } catch (std::bad_alloc const&) {
        thrown = true;
    }
    fail_no_more();
    BOOST_TEST(thrown);
    BOOST_TEST(set > 1, "there is memory for some without the heap's");
    context.run_for(20s);
    BOOST_TEST(rung == 1);
    context.restart();
    fail_allocation(0);
    clock->wake_at(clock->now());
    fail_no_more();
    context.run_for(20s);
    BOOST_TEST(rung == 2);
}

/// Nothing but the client's own alarm can end a call to a server that is silent.
BOOST_AUTO_TEST_CASE(no_alarm_before_silence)
{
    scripted_server server{[](scripted_server::session& connection) {
        test::answer_one(connection);
        connection.read_request();
        connection.stall();
    }};
    scripted_server deaf{[](scripted_server::session& connection) { connection.stall(); },
                         scripted_server::protocol::raw};
    for (bool const is_reused : {true, false}) {
        int failures = 0;
        for (bool struck = true; struck;) {
            BOOST_TEST_INFO_SCOPE("alarms from " << failures << " on, "
                                                 << (is_reused ? "a kept connection" : "a handshake"));
            auto const left = std::make_shared<long>(1000);
            detail::environment world;
            world.make_clock = [left](net::any_io_executor const& executor, std::function<void()> alarm) {
                return std::make_unique<forgetful_clock>(transport::make_steady_clock(executor, std::move(alarm)),
                                                         left);
            };
            net::io_context context{1};
            auto const config = (is_reused ? server : deaf).config();
            client api{detail::client_access::make(context.get_executor(), config, std::move(world))};
            auto const hooks = api.webhooks(test::account, test::app);
            if (is_reused) {
                one_call before;
                before.perform(context, hooks, -1);
                BOOST_TEST(before.succeeded);
            }
            *left = failures;
            one_call silent;
            silent.begin(context, hooks, call_options{}.timeout(1s)); // later than any alarm before it
            silent.go_on(context, one_call::at_leisure);
            BOOST_TEST_REQUIRE(silent.ended, "P10: it ends, though nothing else happens");
            BOOST_TEST_REQUIRE(silent.problem.has_value());
            struck = *left < 0;
            auto const code = silent.problem->code();
            BOOST_TEST((code == errc::resource_exhausted || (failures != 0 && code == errc::timed_out)),
                       *silent.problem);
            BOOST_TEST(api.stats().busy == 0U);
            failures += struck ? 1 : 0;
        }
        BOOST_TEST(failures > 0);
    }
}

/// None succeeds any more until the call has ended.
BOOST_AUTO_TEST_CASE(all_fail_from_one_on)
{
    scripted_server server{test::answer_all};
    auto config = server.config();
    config.timeouts.call = 5s;
    for (auto const whose : {allocator::own, allocator::openssl}) {
        for (bool const is_reused : {false, true}) {
            int failures = 0;
            for (long failing = 0; failing == 0 || failed; failing += is_reused ? 1 : step(whose)) {
                BOOST_TEST_CONTEXT("from allocation " << failing << " on, " << (is_reused ? "reused" : "the first"))
                {
                    net::io_context context{1};
                    client api{context, config};
                    auto const hooks = api.webhooks(test::account, test::app);
                    if (is_reused) {
                        one_call before;
                        before.perform(context, hooks, -1);
                        BOOST_TEST(before.succeeded);
                    }
                    one_call broken;
                    fail_allocation(failing, whose);
                    fails_on = true;
                    broken.begin(context, hooks, {});
                    broken.go_on(context, one_call::at_leisure);
                    bool const struck = failed;
                    failures += struck ? 1 : 0;
                    BOOST_TEST(broken.ended, "row 99: it ends");
                    if (broken.problem) {
                        auto const code = broken.problem->code();
                        bool const something_else = code == errc::tls_failed || code == errc::connection_lost;
                        BOOST_TEST(
                            (code == errc::resource_exhausted || (whose == allocator::openssl && something_else)),
                            "row 99: " << *broken.problem);
                    } else {
                        BOOST_TEST((broken.threw || broken.succeeded), "row 99: in one way");
                    }
                    one_call after;
                    after.perform(context, hooks, -1);
                    BOOST_TEST_INFO(after.problem.value_or(error{}));
                    BOOST_TEST(after.succeeded, "row 12: the client works on");
                    BOOST_TEST(api.stats().busy == 0U);
                    failed = struck;
                }
            }
            BOOST_TEST(failures > 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_fails_once_as_the_client_is_made)
{
    scripted_server server{test::answer_all};
    auto in_a_directory = server.config();
    test::trusted_directory const directory{in_a_directory.tls.ca_pem};
    in_a_directory.tls.ca_pem.clear();
    in_a_directory.tls.ca_directory = directory.path();
    auto as_the_system = server.config();
    test::temporary_file const store{std::exchange(as_the_system.tls.ca_pem, {})};
    test::environment_variable const file{"SSL_CERT_FILE", store.path()};
    test::environment_variable const nothing_else{"SSL_CERT_DIR", "/nonexistent"};
    for (auto const& config : {server.config(), in_a_directory, as_the_system}) {
        for (auto const whose : {allocator::own, allocator::openssl}) {
            int thrown = 0;
            for (long failing = 0; failing == 0 || failed; failing += step(whose)) {
                BOOST_TEST_INFO_SCOPE("allocation " << failing << " of " << static_cast<int>(whose));
                net::io_context context{1};
                std::optional<client> api;
                try {
                    fail_allocation(failing, whose);
                    api.emplace(context, config);
                } catch (std::exception const&) {
                    ++thrown;
                }
                fail_no_more();
                bool const struck = failed;
                if (api) {
                    // What OpenSSL had no memory for, it may have left out without a word. A refusal makes up for it.
                    auto const hooks = api->webhooks(test::account, test::app);
                    one_call first;
                    first.perform(context, hooks, -1);
                    one_call second;
                    second.perform(context, hooks, -1);
                    BOOST_TEST_INFO(second.problem.value_or(error{}));
                    BOOST_TEST(second.succeeded, "row 12: either it is not made, or it works");
                } else {
                    BOOST_TEST(struck);
                }
                failed = struck;
            }
            BOOST_TEST(thrown > 3);
        }
    }
}

/// Its turn comes, but there is no memory for it, and then its time is over.
BOOST_AUTO_TEST_CASE(a_turn_that_is_put_off)
{
    constexpr int kept = 16; // turns, before there is more memory to be asked for
    scripted_server server{[](scripted_server::session& connection) {
        for (int i = 1; i != kept; ++i)
            test::answer_one(connection);
        connection.read_request();
        connection.send(test::http_answer(200, test::responses::webhook, "Ratelimit: \"default\";r=0;t=10\r\n"));
        test::answer_all(connection);
    }};
    auto config = server.config();
    config.rate_limit.requests = 1000;
    config.rate_limit.window = 10s;
    int failures = 0;
    for (long failing = 0; failing == 0 || failed; ++failing) {
        BOOST_TEST_CONTEXT("allocation " << failing << " when the time is over")
        {
            test::manual_clock const clock;
            detail::environment world;
            world.make_clock = clock.factory();
            net::io_context context{1};
            client api{detail::client_access::make(context.get_executor(), config, std::move(world))};
            auto const hooks = api.webhooks(test::account, test::app);
            for (int i = 0; i != kept; ++i) {
                one_call before;
                before.perform(context, hooks, -1);
                BOOST_TEST(before.succeeded);
            }
            one_call waiting;
            waiting.begin(context, hooks, call_options{}.timeout(10050ms));
            while (api.stats().pacing != 1)
                context.run_one();
            context.poll();
            clock.advance(10s);
            fail_allocation(0);
            context.run_one();
            fail_no_more();
            BOOST_TEST_REQUIRE((failed && api.stats().pacing == 1), "the turn could not be taken");
            clock.advance(50ms);
            fail_allocation(failing);
            waiting.go_on(context, one_call::at_once);
            bool const struck = failed;
            failures += struck ? 1 : 0;
            BOOST_TEST(waiting.ended, "rows 12, 99: it ends");
            BOOST_TEST(!waiting.succeeded);
            if (waiting.problem) {
                auto const& why = *waiting.problem;
                BOOST_TEST((why.code() == errc::rate_limited || why.code() == errc::resource_exhausted), why);
                BOOST_TEST(why.request_state() == request_state::unsent, why);
            }
            BOOST_TEST(api.stats().pacing == 0U);
            one_call after;
            after.perform(context, hooks, -1);
            BOOST_TEST(after.succeeded, "row 12: the client works on");
            failed = struck;
        }
    }
    BOOST_TEST(failures > 2);
}

/// P19: ten times as many calls as there is room for, again and again.
BOOST_AUTO_TEST_CASE(what_is_refused_takes_no_memory)
{
    constexpr std::size_t connections = 2;
    constexpr std::size_t waiting = 20;
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.stall();
    }};
    auto config = server.config();
    config.pool.max_connections = connections;
    config.pool.max_waiting = waiting;
    net::io_context context{1};
    std::optional<client> api{std::in_place, context, config};
    auto const hooks = api->webhooks(test::account, test::app);
    std::vector<std::unique_ptr<one_call>> accepted;
    while (accepted.size() != connections + waiting)
        accepted.emplace_back(std::make_unique<one_call>())->begin(context, hooks, {});
    BOOST_TEST_REQUIRE(test::eventually([&] {
        context.poll();
        return server.requests() == connections && api->stats().waiting == waiting;
    }));
    auto const overload = [&] {
        for (std::size_t i = 0; i != 10 * accepted.size(); ++i) {
            one_call refused;
            refused.begin(context, hooks, {});
            refused.go_on(context, one_call::at_once);
            BOOST_TEST_REQUIRE((refused.ended && refused.problem), "P19: at once");
            BOOST_TEST_REQUIRE((refused.problem->code() == errc::queue_full), *refused.problem);
            BOOST_TEST_REQUIRE(refused.problem->request_state() == request_state::unsent);
        }
    };
    overload();
    auto const before = in_use;
    for (int i = 0; i != 10; ++i)
        overload();
    BOOST_TEST(in_use == before, "P19: " << in_use - before << " bytes more");
    BOOST_TEST(api->stats().waiting == waiting);
    BOOST_TEST(server.requests() == connections);
    api.reset();
    for (auto const& each : accepted)
        each->go_on(context, one_call::at_leisure);
}

BOOST_AUTO_TEST_CASE(answers_without_end)
{
    constexpr long long mebibyte = 1 << 20;
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    std::string const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    std::string const kilobyte(1024, 'x');
    auto const header = &client_config::limits_config::header_bytes;
    auto const body = &client_config::limits_config::body_bytes;
    struct {
        char const* name;
        std::string begin;
        std::string then;
        std::size_t client_config::limits_config::*limit;
    } const rows[] = {
        {"row 53: a header line", ok + "X: ", kilobyte, header},
        {"row 53: header lines", ok, "X: " + kilobyte + "\r\n", header},
        {"row 53: short header lines", ok, "X:\r\n", header},
        {"row 54: interim answers", "", "HTTP/1.1 103 Early Hints\r\n\r\n", header},
        {"row 54: interim answers with headers", "", "HTTP/1.1 103 X\r\nX: " + kilobyte + "\r\n\r\n", header},
        {"row 51: a chunk extension", chunked + "5;x=", kilobyte, header},
        {"row 51: chunk extensions", chunked, "1;x=" + kilobyte + "\r\n{\r\n", header},
        {"row 51: chunks of one byte", chunked, "1\r\n{\r\n", body},
        {"row 51: trailers", chunked + "0\r\n", "X: " + kilobyte + "\r\n", header},
        {"row 60: chunks", chunked, "400\r\n" + kilobyte + "\r\n", body},
        {"row 60: a body", ok + "\r\n", kilobyte, body},
        {"row 60: a body of a length", ok + "Content-Length: 4194304\r\n\r\n", kilobyte, body},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            scripted_server server{[&](scripted_server::session& connection) {
                connection.read_request();
                connection.send(each.begin);
                std::string more;
                while (more.size() < 16 * 1024)
                    more += each.then;
                for (int i = 0; i != 4096; ++i) // 64 MiB, as good as without end
                    connection.send(more);
            }};
            auto config = server.config();
            config.limits.body_bytes = 4 * mebibyte;
            net::io_context context{1};
            client api{context, config};
            auto const hooks = api.webhooks(test::account, test::app);
            one_call endless;
            auto const before = most_in_use = in_use;
            endless.perform(context, hooks, -1);
            BOOST_TEST_REQUIRE(endless.ended);
            BOOST_TEST(endless.problem.has_value());
            BOOST_TEST(most_in_use - before < static_cast<long long>(config.limits.*each.limit) + mebibyte);
            BOOST_TEST_MESSAGE(each.name << ": " << (most_in_use - before) / 1024 << " KiB");
        }
    }
}

/// Nor for a server that has TLS say something all the time, whether or not it wants an answer to that.
BOOST_AUTO_TEST_CASE(tls_messages_without_end)
{
    constexpr long long mebibyte = 1 << 20;
    for (int const kind : {SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED}) {
        std::atomic<long> updates = 0;
        scripted_server server{[&](scripted_server::session& connection) {
            connection.read_request();
            while (SSL_key_update(connection.tls(), kind) == 1 && SSL_do_handshake(connection.tls()) == 1)
                ++updates;
            throw scripted_server::over{};
        }};
        auto config = server.config();
        config.timeouts.call = 500ms;
        net::io_context context{1};
        client api{context, config};
        one_call endless;
        auto const before = most_in_use = in_use;
        endless.perform(context, api.webhooks(test::account, test::app), -1);
        BOOST_TEST_REQUIRE(endless.ended);
        BOOST_TEST(endless.problem.has_value());
        BOOST_TEST(updates > 100);
        BOOST_TEST(most_in_use - before < static_cast<long long>(config.limits.header_bytes) + mebibyte);
        BOOST_TEST_MESSAGE(updates << " KeyUpdates: " << (most_in_use - before) / 1024 << " KiB");
    }
}

BOOST_AUTO_TEST_SUITE_END()
