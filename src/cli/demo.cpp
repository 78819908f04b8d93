// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/demo.hpp"

#include "cli/demo_receiver.hpp"
#include "cli/demo_report.hpp"
#include "cli/demo_stranger.hpp"
#include "cli/output.hpp"
#include "cli/standard_streams.hpp"

#include <rtkhooks/client.hpp>
#include <rtkhooks/emulator.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <stdexcept>
#include <vector>

namespace rtkhooks::cli {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr char const* account = "023e105f4ecef8ad9ca31a8372d0c353";
constexpr char const* app = "2b1e5f0c-8f1d-4a57-9d0e-6c1f7a3b9d42";

/// What ends a demo early.
class unexpected_result : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

void print(std::string const& text)
{
    if (auto const failure = write_output(text))
        throw unexpected_result{"standard output cannot be written: " + failure.message()};
}

std::string in_words(webhook const& hook)
{
    return hook.id + ", " + (hook.enabled ? "enabled, " : "disabled, ") + counted(hook.events.size(), "event");
}

events::meeting_ended an_event()
{
    events::meeting meeting;
    meeting.title = "Choir practice";
    events::meeting_ended ended;
    ended.meeting = std::move(meeting);
    ended.reason = "HOST_ENDED_MEETING";
    return ended;
}

client_config demo_config(emulator const& server)
{
    auto config = server.config();
    config.retry.base_delay = 20ms; // nobody wants to watch a client wait
    return config;
}

// A port of this machine at which connecting is refused for as long as this lives: bound, and not listened on.
class closed_port {
public:
    explicit closed_port(asio::any_io_executor executor) : socket_{executor, {asio::ip::address_v4::loopback(), 0}} {}

    [[nodiscard]] std::string base_url() const
    {
        return "https://127.0.0.1:" + std::to_string(socket_.local_endpoint().port()) + "/client/v4";
    }

private:
    asio::ip::tcp::socket socket_;
};

/// The steps, in order. A step that goes another way than it should throws unexpected_result.
class demonstration {
public:
    demonstration(asio::any_io_executor executor, demo_report& report)
        : executor_{std::move(executor)},
          report_{report},
          client_{executor_, demo_config(server_)},
          hooks_{client_.webhooks(account, app)},
          receiver_{executor_, server_}
    {
    }

    asio::awaitable<void> run();

private:
    // One step each, in the order of run().
    asio::awaitable<void> create();
    asio::awaitable<void> list();
    asio::awaitable<void> get();
    asio::awaitable<void> replace();
    asio::awaitable<void> edit();
    asio::awaitable<void> list_event_types();
    asio::awaitable<void> remove();
    asio::awaitable<void> climbing_id();
    asio::awaitable<void> empty_patch();
    asio::awaitable<void> create_another();
    asio::awaitable<void> same_url();
    asio::awaitable<void> absent_id();
    asio::awaitable<void> unheard_of_event();
    asio::awaitable<void> wrong_token();
    asio::awaitable<void> no_permission();
    asio::awaitable<void> error_500_once();
    asio::awaitable<void> error_503_once();
    asio::awaitable<void> error_502_always();
    asio::awaitable<void> too_many_requests();
    asio::awaitable<void> deadline();
    asio::awaitable<void> cancellation();
    asio::awaitable<void> no_connection_free();
    asio::awaitable<void> answer_lost();
    asio::awaitable<void> whether_created();
    asio::awaitable<void> answer_lost_again();
    asio::awaitable<void> long_name();
    asio::awaitable<void> answer_too_large();
    asio::awaitable<void> answer_of_a_stranger(std::string call, std::string text, errc expected);
    asio::awaitable<void> redirection();
    asio::awaitable<void> no_http();
    asio::awaitable<void> no_webhooks();
    asio::awaitable<void> wrong_authority();
    asio::awaitable<void> nobody_listens();
    asio::awaitable<void> no_such_host();
    asio::awaitable<void> port_taken();
    asio::awaitable<void> closed_client();
    asio::awaitable<void> create_for_deliveries();
    asio::awaitable<void> forged_event();
    asio::awaitable<void> genuine_event();

    // Waits for the end of the only delivery.
    asio::awaitable<emulator_delivery> end_of_delivery(emulator const& of);
    void expect_delivery(std::string const& what, emulator_delivery const& got, int status, std::string const& outcome,
                         std::chrono::steady_clock::duration elapsed);

    asio::awaitable<void> close(client& finished);
    [[nodiscard]] client another_client(std::function<void(client_config&)> const& change) const;
    // Options that have the call tell what happened in it.
    [[nodiscard]] call_options watched();

    template <class T>
    T expect(std::string const& call, result<T> const& answer, std::function<std::string(T const&)> const& describe);
    template <class T>
    void expect_failure(std::string const& call, result<T> const& answer, errc wanted, request_state state);
    void expect_on_second_attempt(std::string const& call, result<webhook> const& answer);
    void require(bool condition, std::string const& call, std::string const& what);

    using step = asio::awaitable<void> (demonstration::*)();
    struct chapter {
        char const* title;
        std::vector<step> steps;
    };
    static std::vector<chapter> const chapters;

    asio::any_io_executor executor_;
    demo_report& report_;
    emulator server_;
    client client_;
    webhook_collection hooks_;
    demo_receiver receiver_;
    webhook hook_;   // that the steps work on
    call_info info_; // of the step's call
};

std::vector<demonstration::chapter> const demonstration::chapters{
    {"The operations",
     {&demonstration::create, &demonstration::list, &demonstration::get, &demonstration::replace, &demonstration::edit,
      &demonstration::list_event_types, &demonstration::remove}},
    {"Refused before anything is sent", {&demonstration::climbing_id, &demonstration::empty_patch}},
    {"Refused by the server",
     {&demonstration::create_another, &demonstration::same_url, &demonstration::absent_id,
      &demonstration::unheard_of_event, &demonstration::wrong_token, &demonstration::no_permission}},
    {"A server in trouble",
     {&demonstration::error_500_once, &demonstration::error_503_once, &demonstration::error_502_always,
      &demonstration::too_many_requests}},
    {"Calls that do not wait for ever",
     {&demonstration::deadline, &demonstration::cancellation, &demonstration::no_connection_free}},
    {"Answers that do not arrive, or are too long",
     {&demonstration::answer_lost, &demonstration::whether_created, &demonstration::answer_lost_again,
      &demonstration::long_name, &demonstration::answer_too_large}},
    {"Answers of another server than the API",
     {&demonstration::redirection, &demonstration::no_http, &demonstration::no_webhooks}},
    {"No connection, or none to trust",
     {&demonstration::wrong_authority, &demonstration::nobody_listens, &demonstration::no_such_host,
      &demonstration::port_taken, &demonstration::closed_client}},
    {"Deliveries, to a receiver in this process that has fetched the emulator's key",
     {&demonstration::create_for_deliveries, &demonstration::forged_event, &demonstration::genuine_event}},
};

template <class T>
T demonstration::expect(std::string const& call, result<T> const& answer,
                        std::function<std::string(T const&)> const& describe)
{
    if (answer) {
        print(report_.success(call, describe(*answer), info_));
        return *answer;
    }
    print(report_.surprise(call, answer.error().message(), info_));
    throw unexpected_result{call + ": " + answer.error().message()};
}

template <class T>
void demonstration::expect_failure(std::string const& call, result<T> const& answer, errc wanted, request_state state)
{
    auto const name = std::string{to_string(wanted)};
    if (!answer && answer.error().code() == wanted && answer.error().request_state() == state) {
        print(report_.expected_failure(call, answer.error(), info_));
        return;
    }
    auto const what = answer ? "success, not " + name
                             : answer.error().message() + " (request " +
                                   std::string{to_string(answer.error().request_state())} + "), not " + name;
    print(report_.surprise(call, what, info_));
    throw unexpected_result{call + ": " + what};
}

void demonstration::expect_on_second_attempt(std::string const& call, result<webhook> const& answer)
{
    expect<webhook>(call, answer,
                    [this](auto const&) { return counted(static_cast<std::size_t>(info_.attempts), "attempt"); });
    require(info_.attempts == 2, call, "not two attempts");
}

void demonstration::require(bool condition, std::string const& call, std::string const& what)
{
    if (!condition)
        throw unexpected_result{call + ": " + what};
}

asio::awaitable<void> demonstration::run()
{
    print(report_.introduction(server_.base_url()));
    for (auto const& [title, steps] : chapters) {
        print(report_.chapter(title));
        for (auto const each : steps)
            co_await (this->*each)();
    }
}

asio::awaitable<void> demonstration::create()
{
    webhook_spec spec{"audit", "https://example.com/audit", event_type::meeting_started | event_type::meeting_ended};
    auto const created = co_await hooks_.create(std::move(spec), watched());
    hook_ = expect<webhook>("create \"audit\" for https://example.com/audit", created, in_words);
}

asio::awaitable<void> demonstration::list()
{
    auto const answer = co_await hooks_.list(watched());
    auto const count = [](auto const& hooks) { return counted(hooks.size(), "webhook"); };
    auto const hooks = expect<std::vector<webhook>>("list", answer, count);
    require(hooks.size() == 1 && hooks.front() == hook_, "list", "not the webhook that was created");
}

asio::awaitable<void> demonstration::get()
{
    auto const answer = co_await hooks_.get(hook_.id, watched());
    require(expect<webhook>("get " + hook_.id, answer, in_words) == hook_, "get", "not what was created");
}

asio::awaitable<void> demonstration::replace()
{
    auto const answer = co_await hooks_.replace(hook_.id, webhook_spec{hook_}.events(event_set::all()), watched());
    hook_ = expect<webhook>("replace: all events", answer, in_words);
    require(hook_.events == event_set::all(), "replace", "not all events");
}

asio::awaitable<void> demonstration::edit()
{
    auto const answer = co_await hooks_.edit(hook_.id, webhook_patch{}.enabled(false), watched());
    hook_ = expect<webhook>("edit: enabled to false", answer, in_words);
    require(!hook_.enabled, "edit", "still enabled");
}

asio::awaitable<void> demonstration::list_event_types()
{
    auto const answer = co_await hooks_.list_event_types(watched());
    auto const count = [](auto const& events) { return counted(events.size(), "event"); };
    auto const events = expect<std::vector<event_type>>("list_event_types", answer, count);
    require(events.size() == event_type::known_count, "list_event_types", "not the documented events");
}

asio::awaitable<void> demonstration::remove()
{
    auto const answer = co_await hooks_.remove(hook_.id, watched());
    auto const deleted = [](auto const& hook) { return hook ? in_words(*hook) : std::string{"deleted"}; };
    require(expect<std::optional<webhook>>("remove " + hook_.id, answer, deleted) == hook_, "remove",
            "not what was deleted");
}

asio::awaitable<void> demonstration::climbing_id()
{
    auto const answer = co_await hooks_.get("../../secrets", watched());
    expect_failure("get \"../../secrets\"", answer, errc::invalid_argument, request_state::unsent);
}

asio::awaitable<void> demonstration::empty_patch()
{
    auto const answer = co_await hooks_.edit(hook_.id, webhook_patch{}, watched());
    expect_failure("edit with nothing to change", answer, errc::invalid_argument, request_state::unsent);
}

asio::awaitable<void> demonstration::create_another()
{
    webhook_spec spec{"orders", "https://example.com/orders", event_type::recording_status_update};
    auto const answer = co_await hooks_.create(std::move(spec), watched());
    hook_ = expect<webhook>("create \"orders\" for https://example.com/orders", answer, in_words);
}

asio::awaitable<void> demonstration::same_url()
{
    auto const answer = co_await hooks_.create(webhook_spec{hook_}, watched());
    expect_failure("create with the same url", answer, errc::conflict, request_state::answered);
}

asio::awaitable<void> demonstration::absent_id()
{
    auto const answer = co_await hooks_.get("00000000-0000-4000-8000-000000000000", watched());
    expect_failure("get an id that does not exist", answer, errc::not_found, request_state::answered);
}

asio::awaitable<void> demonstration::unheard_of_event()
{
    auto const answer = co_await hooks_.edit(hook_.id, webhook_patch{}.events(event_type{"meeting.paused"}), watched());
    expect_failure("edit: an event that the API does not have", answer, errc::invalid_request, request_state::answered);
}

asio::awaitable<void> demonstration::wrong_token()
{
    auto stranger = another_client([](client_config& config) { config.auth = credentials::api_token("not-it"); });
    auto const answer = co_await stranger.webhooks(account, app).list(watched());
    expect_failure("list by a client with a wrong token", answer, errc::unauthorized, request_state::answered);
    co_await close(stranger);
}

asio::awaitable<void> demonstration::no_permission()
{
    server_.fail_next(403);
    auto const answer = co_await hooks_.list(watched());
    expect_failure("list without the permission", answer, errc::forbidden, request_state::answered);
}

asio::awaitable<void> demonstration::error_500_once()
{
    server_.fail_next(500);
    auto const answer = co_await hooks_.get(hook_.id, watched());
    expect_on_second_attempt("get, and the first answer is 500", answer);
}

asio::awaitable<void> demonstration::error_503_once()
{
    server_.fail_next(503);
    auto const answer = co_await hooks_.get(hook_.id, watched());
    expect_on_second_attempt("get, and the first answer is 503", answer);
}

asio::awaitable<void> demonstration::error_502_always()
{
    server_.fail_next(502, 2);
    auto const answer = co_await hooks_.get(hook_.id, watched().max_retries(1));
    expect_failure("get, and every answer is 502; one retry", answer, errc::server_error, request_state::answered);
    require(info_.attempts == 2, "get", "not two attempts");
}

asio::awaitable<void> demonstration::too_many_requests()
{
    server_.fail_next(429, 1, 3s);
    auto const answer = co_await hooks_.get(hook_.id, watched().max_retries(0));
    expect_failure("get, too often; no retries", answer, errc::rate_limited, request_state::answered);
    require(answer.error().retry_after() == 3s, "get", "Retry-After was lost");
}

asio::awaitable<void> demonstration::deadline()
{
    server_.delay_next(2s);
    auto const answer = co_await hooks_.get(hook_.id, watched().timeout(100ms));
    expect_failure("get with a timeout of 100 ms, answered after 2 s", answer, errc::timed_out, request_state::unknown);
}

asio::awaitable<void> demonstration::cancellation()
{
    result<webhook> answer{error{errc::protocol_error}};
    asio::steady_timer ended{executor_, asio::steady_timer::time_point::max()};
    asio::cancellation_signal signal;
    auto on_end = [&](std::exception_ptr, result<webhook> value) {
        answer = std::move(value);
        ended.expires_at(asio::steady_timer::time_point::min()); // also where it is not waited for yet
    };

    server_.delay_next(2s);
    asio::co_spawn(executor_, hooks_.get(hook_.id, watched()), asio::bind_cancellation_slot(signal.slot(), on_end));
    asio::steady_timer pause{executor_, 100ms};
    co_await pause.async_wait(asio::use_awaitable);
    signal.emit(asio::cancellation_type::terminal);
    co_await ended.async_wait(asio::as_tuple(asio::use_awaitable));
    expect_failure("get, cancelled after 100 ms", answer, errc::cancelled, request_state::unknown);
}

asio::awaitable<void> demonstration::no_connection_free()
{
    auto busy = another_client([](client_config& config) {
        config.pool.max_connections = 1;
        config.pool.max_waiting = 0;
    });
    auto const before = server_.stats().requests;
    server_.delay_next(2s);
    asio::co_spawn(executor_, busy.webhooks(account, app).get(hook_.id), asio::detached);
    asio::steady_timer pause{executor_};
    while (server_.stats().requests == before) {
        pause.expires_after(100us);
        co_await pause.async_wait(asio::use_awaitable);
    }
    auto const answer = co_await busy.webhooks(account, app).get(hook_.id, watched());
    expect_failure("get, with all connections taken and no place to wait", answer, errc::queue_full,
                   request_state::unsent);
    co_await close(busy);
}

asio::awaitable<void> demonstration::answer_lost()
{
    webhook_spec spec{"chat", "https://example.com/chat", event_type::meeting_chat_synced};
    server_.drop_next();
    auto const answer = co_await hooks_.create(std::move(spec), watched());
    expect_failure("create, and the connection is dropped instead of an answer", answer, errc::connection_lost,
                   request_state::unknown);
}

asio::awaitable<void> demonstration::whether_created()
{
    auto const answer = co_await hooks_.list(watched());
    auto const count = [](auto const& hooks) { return counted(hooks.size(), "webhook") + ": it was created"; };
    auto const hooks = expect<std::vector<webhook>>("list, to see what became of it", answer, count);
    require(hooks.size() == 2, "list", "not both webhooks");
}

asio::awaitable<void> demonstration::answer_lost_again()
{
    server_.drop_next();
    auto const answer = co_await hooks_.get(hook_.id, watched());
    expect_on_second_attempt("get, and the connection is dropped: safe to repeat", answer);
}

asio::awaitable<void> demonstration::long_name()
{
    webhook_spec spec{std::string(2000, 'x'), "https://example.com/long", event_type::meeting_summary};
    auto const answer = co_await hooks_.create(std::move(spec), watched());
    hook_ = expect<webhook>("create with a name of 2000 letters", answer, in_words);
}

asio::awaitable<void> demonstration::answer_too_large()
{
    auto modest = another_client([](client_config& config) { config.limits.body_bytes = 1024; });
    auto const answer = co_await modest.webhooks(account, app).get(hook_.id, watched());
    expect_failure("get by a client that takes 1024 bytes at most", answer, errc::limit_exceeded,
                   request_state::unknown);
    co_await close(modest);
}

asio::awaitable<void> demonstration::answer_of_a_stranger(std::string call, std::string text, errc expected)
{
    demo_stranger const server{executor_, std::move(text)};
    auto lost = another_client([&](client_config& config) {
        config.base_url = server.base_url();
        config.insecure_http_loopback = true;
    });
    auto const answer = co_await lost.webhooks(account, app).list(watched().max_retries(0));
    auto const state = expected == errc::protocol_error ? request_state::unknown : request_state::answered;
    expect_failure(call, answer, expected, state);
    co_await close(lost);
}

asio::awaitable<void> demonstration::redirection()
{
    return answer_of_a_stranger("list, and the answer is to be found elsewhere",
                                "HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\nContent-Length: 0\r\n\r\n",
                                errc::unexpected_redirect);
}

asio::awaitable<void> demonstration::no_http()
{
    return answer_of_a_stranger("list, and the answer is no HTTP", "220 ready\r\n", errc::protocol_error);
}

asio::awaitable<void> demonstration::no_webhooks()
{
    return answer_of_a_stranger("list, and the answer is no list of webhooks",
                                "HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{\"success\":true,\"data\":7}",
                                errc::decode_failed);
}

asio::awaitable<void> demonstration::wrong_authority()
{
    emulator const other;
    auto wary = another_client([&](client_config& config) { config.tls.ca_pem = other.ca_pem(); });
    auto const answer = co_await wary.webhooks(account, app).list(watched().max_retries(0));
    expect_failure("list by a client that trusts another authority", answer, errc::tls_failed, request_state::unsent);
    co_await close(wary);
}

asio::awaitable<void> demonstration::nobody_listens()
{
    closed_port const port{executor_};
    auto lonely = another_client([&](client_config& config) { config.base_url = port.base_url(); });
    auto const answer = co_await lonely.webhooks(account, app).list(watched().max_retries(0));
    expect_failure("list where nobody listens", answer, errc::connect_failed, request_state::unsent);
    co_await close(lonely);
}

// A part of 64 letters is one too many, so no name server is asked.
asio::awaitable<void> demonstration::no_such_host()
{
    auto lost = another_client(
        [](client_config& config) { config.base_url = "https://" + std::string(64, 'x') + ".example/client/v4"; });
    auto const answer = co_await lost.webhooks(account, app).list(watched().max_retries(0));
    expect_failure("list from a host that cannot be", answer, errc::resolve_failed, request_state::unsent);
    co_await close(lost);
}

asio::awaitable<void> demonstration::port_taken()
{
    auto const start = [this]() -> result<void> {
        try {
            emulator const other{emulator_options{}.port(server_.port())};
            return {};
        } catch (exception const& failure) {
            return failure.error();
        }
    };
    info_ = {};
    expect_failure("start another emulator at the same port", start(), errc::resource_exhausted, request_state::unsent);
    co_return;
}

asio::awaitable<void> demonstration::closed_client()
{
    co_await close(client_);
    auto const answer = co_await hooks_.list(watched());
    expect_failure("list by a client that was closed", answer, errc::client_closed, request_state::unsent);
}

asio::awaitable<void> demonstration::create_for_deliveries()
{
    co_await receiver_.start();
    auto caller = another_client([](client_config&) {});
    webhook_spec spec{"deliveries", receiver_.url(), event_type::meeting_ended};
    auto const answer = co_await caller.webhooks(account, app).create(std::move(spec), watched());
    hook_ = expect<webhook>("create \"deliveries\" for " + receiver_.url(), answer, in_words);
    co_await close(caller);
}

// By another emulator, which has a key of its own.
asio::awaitable<void> demonstration::forged_event()
{
    emulator forger;
    client caller{executor_, demo_config(forger)};
    webhook_spec spec{hook_};
    auto const answer = co_await caller.webhooks(account, app).create(std::move(spec), watched());
    expect<webhook>("create the same at another emulator, which has another key", answer, in_words);
    co_await close(caller);

    static_cast<void>(forger.public_key_pem()); // made now, and not while the time is taken
    auto const start = std::chrono::steady_clock::now();
    forger.emit(an_event());
    auto const got = co_await end_of_delivery(forger);
    expect_delivery("meeting.ended, signed with another key", got, 401,
                    "refused, as it should: the signature does not match", std::chrono::steady_clock::now() - start);
    require(receiver_.arrivals().empty(), "a forged event", "it was handled");
}

asio::awaitable<void> demonstration::genuine_event()
{
    auto const sent = an_event();
    auto const start = std::chrono::steady_clock::now();
    server_.emit(sent);
    auto const got = co_await end_of_delivery(server_);
    auto const& all = receiver_.arrivals();
    auto const came = all.size() == 1 && all.front().what == event{sent};
    auto const when = came ? all.front().when : std::chrono::steady_clock::now();
    expect_delivery("meeting.ended of \"Choir practice\": signed, delivered, verified, decoded", got, 200, "handled",
                    when - start);
    require(came, "an event", "not what was sent");
    co_await receiver_.stop();
}

asio::awaitable<emulator_delivery> demonstration::end_of_delivery(emulator const& of)
{
    asio::steady_timer pause{executor_};
    auto all = of.deliveries();
    while (all.back().outcome == emulator_delivery::state::pending) {
        pause.expires_after(100us);
        co_await pause.async_wait(asio::use_awaitable);
        all = of.deliveries();
    }
    co_return all.back();
}

void demonstration::expect_delivery(std::string const& what, emulator_delivery const& got, int status,
                                    std::string const& outcome, std::chrono::steady_clock::duration elapsed)
{
    auto const& last = got.attempts.back();
    auto const time = std::chrono::duration_cast<std::chrono::microseconds>(elapsed);
    if (got.attempts.size() == 1 && last.status == status) {
        print(report_.delivery(what, status, outcome, time));
        return;
    }
    auto const surprise = std::string{to_string(got.outcome)} + " after " + counted(got.attempts.size(), "attempt") +
                          (last.error.empty() ? "" : ", " + last.error);
    print(report_.surprising_delivery(what, last.status, surprise, time));
    throw unexpected_result{what + ": " + surprise};
}

client demonstration::another_client(std::function<void(client_config&)> const& change) const
{
    auto config = demo_config(server_);
    change(config);
    return {executor_, std::move(config)};
}

call_options demonstration::watched()
{
    info_ = {};
    return call_options{}.info(&info_);
}

asio::awaitable<void> demonstration::close(client& finished)
{
    co_await finished.close(0ms);
    report_.add(finished.stats());
}

void run_to_the_end(demo_report& report)
{
    asio::io_context context{1};
    demonstration steps{context.get_executor(), report};
    std::exception_ptr thrown;
    asio::co_spawn(context, steps.run(), [&](std::exception_ptr exception) {
        thrown = exception;
        context.stop(); // clients may still be open, and the key_store's connection is for a while
    });
    context.run();
    if (thrown)
        std::rethrow_exception(thrown);
}

} // namespace

exit_status run(demo_command const&, bool colour)
{
    auto const start = std::chrono::steady_clock::now();
    demo_report report{colour};
    std::string conclusion;
    auto status = exit_status::done;
    try {
        run_to_the_end(report);
        auto const elapsed = std::chrono::steady_clock::now() - start;
        conclusion = report.conclusion(std::chrono::duration_cast<std::chrono::microseconds>(elapsed));
    } catch (std::exception const& failure) {
        conclusion = report.bad_conclusion(failure.what());
        status = exit_status::failed_here;
    }
    return write_output(conclusion) ? exit_status::failed_here : status;
}

} // namespace rtkhooks::cli
