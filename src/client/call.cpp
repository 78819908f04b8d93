// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/call.hpp"

#include "model/decode.hpp"
#include "model/server_text.hpp"
#include "model/status.hpp"
#include "policy/quota.hpp"
#include "policy/retry.hpp"
#include "policy/retry_after.hpp"
#include "transport/connection.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <memory_resource>
#include <new>
#include <utility>

namespace rtkhooks::detail {
namespace {

namespace this_coro = boost::asio::this_coro;

// Added to the clock, what is called infinite would wrap.
constexpr std::chrono::milliseconds longest_timeout = std::chrono::hours{365 * 24};

std::chrono::sys_seconds wall_clock()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// Where fields that came in several lines are put together.
struct joined_lines {
    std::string rate_limit;
    std::string rate_limit_policy;
    std::string x_remaining;
};

policy::quota_fields quota_fields_of(http::response const& answer, joined_lines& room)
{
    policy::quota_fields fields;
    fields.rate_limit = answer.list("Ratelimit", room.rate_limit);
    fields.rate_limit_policy = answer.list("Ratelimit-Policy", room.rate_limit_policy);
    fields.x_remaining = answer.list("X-RateLimit-Remaining", room.x_remaining);
    fields.x_reset = answer.field("X-RateLimit-Reset");
    fields.date = answer.field("Date");
    return fields;
}

std::chrono::microseconds in_microseconds(transport::time_point::duration span)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(span);
}

/// Whether anything was tried, or it only waited.
bool was_attempt(transport::failure const& why)
{
    return why.where != phase::queue && why.where != phase::rate_limit && why.where != phase::backoff;
}

} // namespace

call::call(std::shared_ptr<core> owner, call_options options)
    : owner_{std::move(owner)},
      options_{std::move(options)},
      began_{owner_->pool().now()},
      deadline_{began_ + std::clamp(options_.timeout().value_or(owner_->config().timeouts.call),
                                    std::chrono::milliseconds{0}, longest_timeout)},
      operation_{owner_->shared_pool()}
{
}

call::~call() { report(); }

std::optional<error> call::refusal() const
{
    auto const refuse = [](std::string reason) { return error{errc::invalid_argument, std::move(reason)}; };
    if (options_.timeout() && (options_.timeout()->count() <= 0 || *options_.timeout() > longest_timeout))
        return refuse("call_options::timeout is not more than 0, and a year at most");
    if (options_.max_retries() && (*options_.max_retries() < 0 || *options_.max_retries() > 100))
        return refuse("call_options::max_retries is not from 0 to 100");
    for (auto const& [name, value] : options_.headers()) {
        if (auto reason = http::why_no_extra_header(name, value))
            return refuse("call_options::header: " + std::move(*reason));
    }
    return std::nullopt;
}

void call::prepare(http::method verb, std::string target, std::string body)
{
    verb_ = verb;
    target_ = std::move(target);
    body_ = std::move(body);
}

void call::prepare_reading()
{
    if (operation_.lease)
        owner_->pool().release(operation_);
    verb_ = http::method::get;
    body_.clear();
    operation_.sent = false;
    retries_ = 0;
    fresh_connection_ = false;
    ever_sent_ = false;
    has_answer_ = false;
    failure_.reset();
}

/// The one loop of every call: pace, connection, exchange, judge; and back off and again.
boost::asio::awaitable<void> call::perform()
{
    // What is awaited here tells of a cancellation itself, and in time; a throw in between would lose the result.
    bool const throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    std::exception_ptr problem;
    try {
        owner_->call_made();
        for (auto next = next_step::again; next != next_step::finish;) {
            auto const since = measured_now();
            attempt_began_ = since;
            bool ended = pace();
            if (!ended)
                co_await operation_.wait();
            if (operation_.failed)
                operation_.failed->where = phase::rate_limit;
            while (!operation_.failed && !operation_.lease) { // its turn may be taken back meanwhile, for a later one
                ended = acquire();
                if (!ended)
                    co_await operation_.wait();
            }
            waited_ += measured_now() - since;
            if (!operation_.failed) {
                ended = exchange();
                if (!ended)
                    co_await operation_.wait();
            }
            next = judge();
            if (next == next_step::again_later) {
                ended = back_off();
                if (!ended)
                    co_await operation_.wait();
                if (operation_.failed)
                    next = judge_failure();
            }
        }
    } catch (std::bad_alloc const&) {
        ever_sent_ = ever_sent_ || operation_.sent;
        fail(transport::out_of_memory(phase::prepare));
    } catch (...) {
        problem = std::current_exception();
    }
    co_await this_coro::throw_if_cancelled(throws);
    if (problem)
        std::rethrow_exception(problem);
}

http::response& call::answer() noexcept { return operation_.lease->answer(); }

/// Now, if anybody wants to know.
transport::time_point call::measured_now() const
{
    return options_.info() != nullptr ? owner_->pool().now() : transport::time_point{};
}

// ---- the steps

bool call::pace()
{
    operation_.failed.reset();
    return !owner_->config().rate_limit.enabled || owner_->pool().pace(operation_, deadline_, fresh_connection_);
}

bool call::acquire() { return owner_->pool().acquire(operation_, deadline_, fresh_connection_); }

bool call::exchange()
{
    // Sent or encrypted at once, so that it need not be kept, and most have room on the stack.
    std::array<char, 2048> room;
    std::pmr::monotonic_buffer_resource memory{room.data(), room.size()};
    auto const request = owner_->requests().build(verb_, target_, options_.headers(), body_, &memory);
    return owner_->pool().exchange(operation_, request);
}

bool call::back_off() { return owner_->pool().sleep(operation_, deadline_, resume_at_); }

// ---- judgement

call::next_step call::judge()
{
    has_answer_ = !operation_.failed;
    note_attempt();
    auto const next = operation_.failed ? judge_failure() : judge_answer();
    if (next != next_step::again || operation_.sent) // else it goes on in its place
        owner_->pool().leave_turn(operation_);
    if (next != next_step::finish) {
        has_answer_ = false;
        owner_->pool().release(operation_);
        operation_.sent = false;
    }
    return next;
}

call::next_step call::judge_answer()
{
    ++attempts_;
    owner_->answered();
    correct_pace();
    auto const status = answer().status;
    if (status >= 200 && status <= 299)
        return next_step::finish;
    policy::attempt_outcome outcome;
    outcome.status = status;
    outcome.state = request_state::answered;
    outcome.retry_after = retry_after();
    auto const next = decide(outcome);
    if (next == next_step::finish)
        fail_by_status();
    else if (status != 429) // which says that it was not processed; any other may have been
        ever_sent_ = true;
    return next;
}

call::next_step call::judge_failure()
{
    owner_->pool().was_interrupted(operation_);
    auto const& why = *operation_.failed;
    if (was_attempt(why))
        ++attempts_;
    ever_sent_ = ever_sent_ || operation_.sent;
    owner_->pool().renew_trust_after(why);
    bool const final = why.code == errc::cancelled || why.code == errc::client_closed || why.code == errc::queue_full ||
                       why.code == errc::rate_limited || why.code == errc::resource_exhausted ||
                       owner_->pool().now() >= deadline_;
    policy::attempt_outcome outcome;
    outcome.transient = why.transient && !final;
    outcome.state = operation_.sent ? request_state::unknown : request_state::unsent;
    outcome.stale_connection = (owner_->config().retry.replace_dead_connections || !operation_.sent) &&
                               operation_.may_be_stale && operation_.lease && !operation_.answer_started &&
                               why.code == errc::connection_lost;
    auto const next = decide(outcome);
    if (next == next_step::finish)
        fail(why);
    return next;
}

call::next_step call::decide(policy::attempt_outcome outcome)
{
    outcome.idempotent = http::is_idempotent(verb_);
    outcome.immediate_retry_made = fresh_connection_;
    auto const& config = owner_->config().retry;
    switch (policy::may_retry(outcome)) {
    case policy::permission::no:
        return next_step::finish;
    case policy::permission::immediately:
        if (outcome.state != request_state::unsent && !(has_turn_in_time() && owner_->take_replacement()))
            return next_step::finish;
        fresh_connection_ = true;
        owner_->pool().count_retry();
        return next_step::again;
    case policy::permission::after_pause:
        break;
    }
    auto const pause = policy::backoff(config, retries_, outcome.retry_after, owner_->random());
    auto const now = owner_->pool().now();
    resume_at_ = now + pause;
    // What is added to what the server asked for, so that not all come at once, must not cost the call its chance.
    if (outcome.retry_after && resume_at_ >= deadline_ && now + *outcome.retry_after < deadline_)
        resume_at_ = now + *outcome.retry_after;
    bool const may = retries_ < options_.max_retries().value_or(config.max_retries) && resume_at_ < deadline_;
    if (!has_turn_in_time() || !may || !owner_->take_retry())
        return next_step::finish;
    ++retries_;
    owner_->pool().count_retry();
    return next_step::again_later;
}

/// Whether another attempt would have a turn of the client's own pace, as things are. If not, the error tells when.
bool call::has_turn_in_time()
{
    if (!owner_->config().rate_limit.enabled)
        return true;
    owner_->pool().leave_turn(operation_); // which it takes with it, if it was not used
    auto const turn = owner_->pool().next_turn();
    if (turn < deadline_)
        return true;
    resume_at_ = turn;
    has_no_turn_ = true;
    return false;
}

std::optional<std::chrono::seconds> call::wait_for_turn() const
{
    if (!has_no_turn_)
        return std::nullopt;
    return std::chrono::ceil<std::chrono::seconds>(resume_at_ - owner_->pool().now());
}

/// The longest, where there are several.
std::optional<std::chrono::seconds> call::retry_after()
{
    constexpr std::string_view name = "Retry-After";
    auto const& last = answer();
    auto const date = last.field("Date"); // once: a header has room for a great many lines
    auto const now = wall_clock();
    std::optional<std::chrono::seconds> longest;
    for (auto i = last.find(name); i != last.field_count(); i = last.find(name, i + 1))
        longest = std::max(longest, policy::parse_retry_after(last.field_value(i), date, now));
    return longest;
}

/// Whoever goes over the server's quota is refused everything for minutes: so its own count goes before ours.
void call::correct_pace()
{
    auto const& limit = owner_->config().rate_limit;
    if (!limit.enabled)
        return;
    auto const pause = answer().status == 429 ? retry_after() : std::nullopt;
    policy::quota_list quotas;
    try {
        joined_lines room;
        auto fields = quota_fields_of(answer(), room);
        fields.retry_after = pause;
        quotas = policy::read_quotas(fields, std::chrono::ceil<std::chrono::seconds>(limit.window), wall_clock());
    } catch (std::bad_alloc const&) {
        // the call's own result matters more
    }
    if (!quotas.empty() || pause)
        owner_->pool().correct_pace(operation_, quotas, pause);
}

/// For call_info::history.
void call::note_attempt() noexcept
try {
    auto* const info = options_.info();
    if (info == nullptr || (operation_.failed && !was_attempt(*operation_.failed)))
        return;
    auto& noted = history_.emplace_back();
    noted.elapsed = in_microseconds(measured_now() - attempt_began_);
    if (operation_.failed) {
        noted.error = make_error_code(operation_.failed->code);
        noted.phase = operation_.failed->where;
    } else {
        noted.http_status = answer().status;
        noted.phase = phase::decode;
    }
    if (operation_.lease) {
        noted.connection_id = operation_.lease->id();
        noted.connection_reused = operation_.reused;
        noted.tls_resumed = operation_.lease->resumed();
    }
} catch (std::bad_alloc const&) {
    // the call's own result matters more
}

// ---- errors

void call::fail(transport::failure const& why)
{
    error::details what;
    what.code = why.code;
    what.cause = why.cause;
    what.phase = why.where;
    what.attempts = attempts_;
    what.request_state = ever_sent_ ? request_state::unknown : request_state::unsent;
    what.explanation = why.explanation;
    what.retry_after = std::max(why.retry_after, wait_for_turn());
    failure_.emplace(std::move(what));
}

void call::fail_by_status()
{
    error::details what;
    describe_answer(what);
    what.code = model::errc_for_status(answer().status);
    what.phase = phase::decode;
    conceal_secret();
    what.messages = model::decode_error_body(answer().body, owner_->config().limits.json_depth).messages;
    conceal_secret(what);
    what.retry_after = std::max(retry_after(), wait_for_turn());
    if (ever_sent_ && verb_ != http::method::get)
        what.explanation = "an earlier attempt of the same call may have taken effect";
    else if (what.code == errc::server_error && !http::is_idempotent(verb_))
        what.explanation = "the request may have taken effect"; // rows 66, 67
    failure_.emplace(std::move(what));
}

void call::describe_answer(error::details& what)
{
    what.http_status = answer().status;
    what.attempts = attempts_;
    what.request_state = request_state::answered;
    if (auto const ray = answer().field("cf-ray")) {
        what.ray_id = *ray;
        model::conceal(what.ray_id, secret());
        what.ray_id = model::server_text(what.ray_id);
    }
}

std::string const& call::secret() const noexcept { return owner_->config().auth.key().reveal(); }

bool call::conceal_secret() { return model::conceal(answer().body, secret()); }

/// Where the body has it in another form, such as with JSON's escapes.
void call::conceal_secret(error::details& what) const
{
    for (auto& each : what.messages)
        model::conceal_in_short_text(each.message, secret());
    model::conceal_in_short_text(what.explanation, secret());
}

error call::undecoded(error const& from)
{
    auto what = from.parts();
    conceal_secret(what);
    describe_answer(what);
    if (verb_ != http::method::get && what.code == errc::decode_failed)
        what.explanation += "; the request may have taken effect"; // row 76
    return error{std::move(what)};
}

error call::unread_change(error const& why) const
{
    auto what = why.parts();
    what.request_state = request_state::answered;
    what.explanation = "the change has been made, but reading the webhook again failed" +
                       (what.explanation.empty() ? std::string{} : ": " + what.explanation);
    return error{std::move(what)};
}

void call::report() noexcept
try {
    auto* const info = options_.info();
    if (info == nullptr)
        return;
    *info = call_info{};
    info->attempts = attempts_;
    info->elapsed = in_microseconds(owner_->pool().now() - began_);
    info->queued = in_microseconds(waited_);
    info->history = std::move(history_);
    if (!operation_.lease)
        return;
    info->connection_id = operation_.lease->id();
    info->connection_reused = operation_.reused;
    info->tls_resumed = operation_.lease->resumed();
    if (!has_answer_)
        return;
    auto& last = answer();
    info->http_status = last.status;
    for (std::size_t i = 0; i != last.field_count(); ++i)
        info->headers.emplace_back(last.field_name(i), last.field_value(i));
    joined_lines room;
    info->rate_limit_remaining = policy::requests_remaining(quota_fields_of(last, room));
    info->ray_id = last.field("cf-ray").value_or(std::string_view{});
    model::conceal(info->ray_id, secret());
    info->body = std::move(last.body);
    if (info->body.capacity() / 2 > info->body.size())
        info->body.shrink_to_fit(); // a large one may have had room for what it could have become
} catch (...) {
    // no memory: the call's own result matters more
}

} // namespace rtkhooks::detail
