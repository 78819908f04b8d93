// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/matrix.hpp"
#include "integration/canned.hpp"
#include "integration/eventually.hpp"
#include "integration/forked_server.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

// Row 98 and P26: what becomes of a client when its process is stopped, or becomes two.

using namespace rtkhooks;
using namespace std::chrono_literals;
using test::answer_all;
using test::forked_server;
using test::get_into;
using test::scripted_server;
namespace net = boost::asio;

namespace {

/// A process that runs a function and ends with what it returns. A sanitizer's locks may be held by threads that a forked
/// process does not have: so here there are none, and the server is a process of its own.
class child {
public:
    explicit child(std::function<int()> const& what) : id_{::fork()}
    {
        BOOST_TEST_REQUIRE(id_ >= 0);
        if (id_ == 0) {
            int status = 99;
            try {
                status = what();
            } catch (std::exception const&) {
                status = 98;
            }
            ::_exit(status);
        }
    }
    ~child()
    {
        if (id_ > 0) {
            ::kill(id_, SIGKILL);
            ::waitpid(id_, nullptr, 0);
        }
    }
    child(child const&) = delete;
    child& operator=(child const&) = delete;

    void signal(int number) const { ::kill(id_, number); }
    void wait_until_stopped()
    {
        int status = 0;
        BOOST_TEST_REQUIRE(::waitpid(id_, &status, WUNTRACED) == id_);
        if (!WIFSTOPPED(status))
            id_ = 0;
        BOOST_TEST_REQUIRE(WIFSTOPPED(status), "it ended: " << status);
    }
    /// @return what its function returned
    int wait()
    {
        int status = 0;
        BOOST_TEST_REQUIRE(::waitpid(id_, &status, 0) == id_);
        id_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t id_;
};

std::optional<error> perform(net::io_context& context, client const& api, test::operation which, call_options options)
{
    bool ended = false;
    std::optional<error> problem;
    net::co_spawn(context,
                  test::perform_into(api.webhooks(test::account, test::app), which, std::move(options), problem),
                  [&](std::exception_ptr) { ended = true; });
    context.restart();
    while (!ended)
        context.run_one();
    return problem;
}

result<webhook> get(net::io_context& context, client const& api, call_options options = {})
{
    std::optional<result<webhook>> got;
    net::co_spawn(context, get_into(api.webhooks(test::account, test::app), got, std::move(options)), net::detached);
    context.restart();
    while (!got)
        context.run_one();
    return std::move(*got);
}

bool fails_with(errc code, result<webhook> const& got) { return got.has_error() && got.error().code() == code; }

/// The sockets of this process.
std::set<int> sockets()
{
    std::set<int> found;
    auto* const folder = ::opendir("/proc/self/fd");
    while (auto const* const entry = ::readdir(folder)) {
        int const descriptor = std::atoi(entry->d_name);
        struct stat what {};
        if (::fstat(descriptor, &what) == 0 && S_ISSOCK(what.st_mode))
            found.insert(descriptor);
    }
    ::closedir(folder);
    return found;
}

void stop_for_longer_than_a_call_may_take(test::operation which)
{
    constexpr auto timeout = 300ms;
    test::shared_memory<std::atomic<int>> const asked_never;
    forked_server const server{[&](scripted_server::session& connection) {
        while (connection.read_request().find("never") == std::string::npos)
            connection.send(test::good_answer);
        ++*asked_never;
        if (connection.number() == 1 && test::is_idempotent(which))
            connection.close(); // so that it is sent again, by another
        connection.wait_for_close();
    }};
    child stopped{[&] {
        net::io_context context{1};
        client const api{context, server.config()};
        if (!get(context, api))
            return 1;
        ::raise(SIGSTOP); // idle meanwhile
        auto options = call_options{}.timeout(timeout).header("X-Answer", "never");
        auto const late = perform(context, api, which, std::move(options));
        if (!late || late->code() != errc::timed_out || late->request_state() != request_state::unknown)
            return 2;
        return get(context, api).has_value() ? 0 : 3;
    }};
    stopped.wait_until_stopped();
    stopped.signal(SIGCONT);
    int const arrivals = test::is_idempotent(which) ? 2 : 1;
    // It may be over by then, on a busy machine.
    BOOST_TEST_REQUIRE(test::eventually([&] { return *asked_never == arrivals; }), "row 98: " << *asked_never);
    stopped.signal(SIGSTOP);
    stopped.wait_until_stopped();
    std::this_thread::sleep_for(2 * timeout); // its deadline passes while it cannot know
    stopped.signal(SIGCONT);
    auto const status = stopped.wait();
    BOOST_TEST(status == 0, "row 98: " << status);
    BOOST_TEST(*asked_never == arrivals, "P1");
}

} // namespace

BOOST_AUTO_TEST_SUITE(processes)

BOOST_AUTO_TEST_CASE(stopped_for_longer_than_a_call_may_take)
{
    for (auto const which : {test::operation::get, test::operation::create})
        stop_for_longer_than_a_call_may_take(which);
}

/// A connection that ended meanwhile is not used: a create is never repeated.
BOOST_AUTO_TEST_CASE(stopped_while_a_connection_ends)
{
    enum { open, to_be_closed, closed };
    test::shared_memory<std::atomic<int>> const first;
    forked_server const server{[&](scripted_server::session& connection) {
        test::answer_one(connection);
        if (connection.number() != 1)
            test::answer_all(connection);
        while (*first != to_be_closed)
            std::this_thread::yield();
        ::shutdown(connection.descriptor(), SHUT_WR);
        *first = closed;
        throw scripted_server::over{};
    }};
    child stopped{[&] {
        net::io_context context{1};
        client const api{context, server.config()};
        if (!get(context, api))
            return 1;
        ::raise(SIGSTOP);
        if (perform(context, api, test::operation::create, {}))
            return 2;
        return api.stats().opened == 2 ? 0 : 3;
    }};
    stopped.wait_until_stopped();
    *first = to_be_closed;
    BOOST_TEST_REQUIRE(test::eventually([&] { return *first == closed; }));
    stopped.signal(SIGCONT);
    auto const status = stopped.wait();
    BOOST_TEST(status == 0, "row 98: " << status);
}

BOOST_AUTO_TEST_CASE(a_forked_process_leaves_the_parents_connections_alone)
{
    test::shared_memory<std::atomic<int>> const requests;
    forked_server const server{[&](scripted_server::session& connection) {
        for (;;) {
            connection.read_request();
            ++*requests; // before anybody can know of the answer
            connection.send(test::good_answer);
        }
    }};
    enum class child_is { told, not_told, not_told_and_cleans_up };
    for (auto const how : {child_is::told, child_is::not_told, child_is::not_told_and_cleans_up}) {
        bool const told = how == child_is::told;
        BOOST_TEST_CONTEXT("P26: kind " << static_cast<int>(how))
        {
            net::io_context context{1};
            std::optional<client> api{std::in_place, context, server.config()};
            BOOST_TEST(get(context, *api).has_value());
            if (told)
                context.notify_fork(net::io_context::fork_prepare);
            child forked{[&] {
                if (told) {
                    context.notify_fork(net::io_context::fork_child);
                    if (api->stats().open != 0)
                        return 1;
                }
                auto const refused = get(context, *api);
                if (!fails_with(errc::client_closed, refused) ||
                    refused.error().request_state() != request_state::unsent)
                    return 2;
                if (how != child_is::not_told)
                    api.reset();
                if (told) {
                    client const own{context, server.config()};
                    if (!get(context, own).has_value())
                        return 3;
                }
                return 0;
            }};
            if (told)
                context.notify_fork(net::io_context::fork_parent);
            BOOST_TEST(forked.wait() == 0);
            for (int i = 0; i != 3; ++i)
                BOOST_TEST(get(context, *api).has_value());
            BOOST_TEST(api->stats().opened == 1U, "P26: the connection is as good as before");
        }
    }
    BOOST_TEST(*requests == 13);
}

/// What a call was doing ends in the child, and goes on in the parent.
BOOST_AUTO_TEST_CASE(forked_within_a_call)
{
    struct progress {
        std::atomic<bool> arrived;
        std::atomic<bool> go_on;
    };
    test::shared_memory<progress> const state;
    forked_server const server{[&](scripted_server::session& connection) {
        connection.read_request();
        state->arrived = true;
        while (!state->go_on)
            std::this_thread::yield();
        connection.send(test::good_answer);
        connection.wait_for_close();
    }};
    net::io_context context{1};
    client const api{context, server.config()};
    std::optional<result<webhook>> got;
    net::co_spawn(context, get_into(api.webhooks(test::account, test::app), got), net::detached);
    while (!state->arrived)
        context.poll_one();
    context.notify_fork(net::io_context::fork_prepare);
    child forked{[&] {
        context.notify_fork(net::io_context::fork_child);
        while (!got)
            context.run_one();
        return fails_with(errc::client_closed, *got) ? 0 : 1;
    }};
    context.notify_fork(net::io_context::fork_parent);
    BOOST_TEST(forked.wait() == 0, "P26");
    state->go_on = true;
    while (!got)
        context.run_one();
    BOOST_TEST(got->has_value(), "P26");
    BOOST_TEST(api.stats().opened == 1U);
}

/// At every moment of the first call, which connects and shakes hands.
BOOST_AUTO_TEST_CASE(forked_after_every_handler)
{
    test::shared_memory<std::atomic<int>> const connections;
    forked_server const server{[&](scripted_server::session& connection) {
        ++*connections;
        answer_all(connection);
    }};
    for (bool const told : {true, false}) {
        bool over = false;
        int handlers = 0;
        for (; !over; ++handlers) {
            BOOST_TEST_CONTEXT("P26: " << (told ? "told" : "not told") << ", after " << handlers << " handlers")
            {
                int const before = *connections;
                net::io_context context{1};
                std::optional<client> api{std::in_place, context, server.config()};
                std::optional<result<webhook>> got;
                net::co_spawn(context, get_into(api->webhooks(test::account, test::app), got), net::detached);
                for (int i = 0; i != handlers && !got; ++i)
                    context.run_one();
                over = got.has_value();
                if (told)
                    context.notify_fork(net::io_context::fork_prepare);
                child forked{[&] {
                    if (told) {
                        context.notify_fork(net::io_context::fork_child);
                        while (!got)
                            context.run_one();
                        if (!over && !fails_with(errc::client_closed, *got))
                            return 1;
                    }
                    api.reset();
                    return 0;
                }};
                if (told)
                    context.notify_fork(net::io_context::fork_parent);
                BOOST_TEST(forked.wait() == 0);
                while (!got)
                    context.run_one();
                BOOST_TEST(got->has_value());
                BOOST_TEST(api->stats().opened == 1U);
                BOOST_TEST(*connections == before + 1);
            }
        }
        BOOST_TEST(handlers > 5);
    }
}

BOOST_AUTO_TEST_CASE(no_program_inherits_a_connection)
{
    scripted_server server{answer_all};
    net::io_context context{1};
    client const api{context, server.config()};
    auto const before = sockets();
    BOOST_TEST(get(context, api).has_value());
    int count = 0;
    for (int const each : sockets()) {
        if (before.count(each) != 0)
            continue;
        ++count;
        BOOST_TEST((::fcntl(each, F_GETFD) & FD_CLOEXEC) != 0, "P26");
    }
    BOOST_TEST(count == 2); // one of the client, one of the server
}

BOOST_AUTO_TEST_SUITE_END()
