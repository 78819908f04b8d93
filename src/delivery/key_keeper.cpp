// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/key_keeper.hpp"

#include "delivery/bad_member.hpp"
#include "delivery/key_fetch.hpp"
#include "http/base_url.hpp"
#include "http/request.hpp"
#include "transport/fixed_addresses.hpp"

#include <rtkhooks/version.hpp>

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>
#include <variant>

namespace rtkhooks::delivery {
namespace {

using std::chrono::milliseconds;

/// The most that a store keeps, where the address gives now one key and now another.
constexpr std::size_t most_keys = 4;
/// Those that it can tell from new ones, whether they are held or not.
constexpr std::size_t most_seen = 8;
/// Deliveries that fit none of the keys and wait for a fetch as long as they may: they are likelier genuine than what
/// comes in a crowd.
constexpr std::size_t most_patient = 4;
constexpr milliseconds a_year = std::chrono::hours{365 * 24};
constexpr std::size_t header_bytes = 16 * 1024;
/// The server is asked to close, so that no idle connection keeps a context running.
constexpr milliseconds idle_timeout = std::chrono::seconds{1};

void must_be_within(milliseconds value, milliseconds least, milliseconds most, char const* member)
{
    if (value < least || value > most)
        refuse_member(member, "is " + std::to_string(value.count()) + " ms, but must be from " +
                                  std::to_string(least.count()) + " to " + std::to_string(most.count()) + " ms");
}

/// Before anything is computed with them: what is called infinite would overflow.
key_store_config checked(key_store_config config)
{
    milliseconds const least{1};
    must_be_within(config.max_age, least, a_year, "max_age");
    must_be_within(config.refresh_after, least, config.max_age, "refresh_after");
    must_be_within(config.refetch_interval, least, a_year, "refetch_interval");
    must_be_within(config.refetch_window, config.refetch_interval, a_year, "refetch_window");
    must_be_within(config.retry_interval, least, a_year, "retry_interval");
    must_be_within(config.previous_key_for, milliseconds{0}, config.max_age, "previous_key_for");
    must_be_within(config.timeouts.check, least, a_year, "timeouts.check");
    must_be_within(config.timeouts.fetch, least, a_year, "timeouts.fetch");
    must_be_within(config.timeouts.connect, least, a_year, "timeouts.connect");
    must_be_within(config.timeouts.tls_handshake, least, a_year, "timeouts.tls_handshake");
    if (config.body_bytes < 1024 || config.body_bytes > 1024 * 1024)
        refuse_member("body_bytes", "is " + std::to_string(config.body_bytes) + ", but must be from 1024 to 1048576");
    return config;
}

http::base_url check(key_store_config const& config)
{
    auto parsed = http::parse_base_url(config.url);
    if (auto const* const reason = std::get_if<std::string>(&parsed))
        refuse_member("url", *reason);
    auto url = std::get<http::base_url>(std::move(parsed));
    if (!url.tls && !config.insecure_http_loopback)
        refuse_member("url", "must start with https://; http:// needs insecure_http_loopback");
    if (!url.tls && !http::is_loopback(url))
        refuse_member("url", "must start with https://; http:// is for localhost, 127.0.0.0/8 and [::1] only");
    return url;
}

std::string make_request(key_store_config const& config, http::base_url const& url)
{
    auto const agent = config.user_agent.empty() ? std::string{"rtkhooks/" RTKHOOKS_VERSION} : config.user_agent;
    if (auto const reason = http::why_no_header("User-Agent", agent))
        refuse_member("user_agent", "cannot be sent: " + *reason);
    http::header_list const headers{{"Host", url.authority},        {"User-Agent", agent},
                                    {"Accept", "application/json"}, {"Accept-Encoding", "identity"},
                                    {"Cache-Control", "no-cache"}, // what a cache has kept tells of no newer key
                                    {"Connection", "close"}};
    auto const request =
        http::request_builder{headers}.build(http::method::get, url.path.empty() ? "/" : url.path, {}, {});
    return {request.data(), request.size()};
}

transport::pool_settings make_settings(key_store_config const& config, http::base_url const& url,
                                       key_environment& world)
{
    transport::pool_settings settings;
    settings.host = url.host;
    settings.host_is_address = url.host_is_address;
    settings.port = url.port;
    auto addresses = transport::fixed_addresses(config.resolve, url);
    if (auto const* const reason = std::get_if<std::string>(&addresses))
        refuse_member("resolve", *reason);
    settings.fixed_addresses = std::get<std::vector<transport::endpoint>>(std::move(addresses));
    if (url.tls)
        settings.tls = std::make_unique<transport::tls_context>(config.tls, world.verification_time);
    settings.pool.max_connections = 1;
    settings.pool.idle_timeout = idle_timeout;
    settings.timeouts.call = config.timeouts.fetch;
    settings.timeouts.attempt = config.timeouts.fetch;
    settings.timeouts.connect = config.timeouts.connect;
    settings.timeouts.tls_handshake = config.timeouts.tls_handshake;
    settings.rate_limit.enabled = false;
    settings.limits.header_bytes = header_bytes;
    settings.limits.body_bytes = config.body_bytes;
    settings.make_clock = std::move(world.make_clock);
    settings.lookup = std::move(world.lookup);
    return settings;
}

policy::key_schedule::settings schedule_of(key_store_config const& config)
{
    policy::key_schedule::settings result;
    result.refresh_after = config.refresh_after;
    result.max_age = config.max_age;
    result.refetch_interval = config.refetch_interval;
    result.refetch_window = config.refetch_window;
    result.retry_interval = config.retry_interval;
    result.previous_key_for = config.previous_key_for;
    return result;
}

} // namespace

// ---- who waits

key_keeper::waiter::waiter(std::shared_ptr<key_keeper> owner) : owner_{std::move(owner)}, operation_{owner_->pool_} {}

key_keeper::waiter::~waiter()
{
    std::lock_guard const lock{owner_->mutex_};
    if (listed_)
        std::erase(owner_->waiting_, this);
}

bool key_keeper::waiter::landed() const
{
    std::lock_guard const lock{owner_->mutex_};
    return landed_;
}

bool key_keeper::waiter::begin(transport::time_point deadline, bool has_key)
{
    // Under both locks, so that a fetch that lands finds it asleep.
    std::lock_guard const lock{owner_->mutex_};
    if (!owner_->schedule_.fetching()) {
        landed_ = true;
        return true;
    }
    if (has_key && owner_->many_wait())
        deadline = std::min(deadline, owner_->schedule_.mismatch_waits_until());
    owner_->waiting_.push_back(this);
    listed_ = true;
    return owner_->pool_->sleep(operation_, deadline, deadline);
}

// ---- the keeper

key_keeper::key_keeper(boost::asio::any_io_executor executor, key_store_config config, key_environment world)
    : config_{checked(std::move(config))}, schedule_{schedule_of(config_)}
{
    auto const url = check(config_);
    request_ = make_request(config_, url);
    pool_ = transport::pool::make(std::move(executor), make_settings(config_, url, world));
    usable_ = std::make_shared<std::vector<public_key> const>();
    held_.reserve(most_keys + 1); // so that keeping one cannot fail half-way
    seen_.reserve(most_seen);
}

key_keeper::key_keeper(std::vector<public_key> pinned)
    : schedule_{schedule_of({})}, usable_{std::make_shared<std::vector<public_key> const>(std::move(pinned))}
{
}

transport::time_point key_keeper::check_deadline() const { return pool_->now() + config_.timeouts.check; }

key_list key_keeper::usable()
{
    if (is_pinned())
        return usable_;
    bool begun = false;
    key_list result;
    {
        auto const now = pool_->now();
        std::lock_guard const lock{mutex_};
        result = usable_at(now);
        if (!result->empty() && schedule_.refresh_due(held_.front().times, now))
            begun = begin_fetch(schedule::reason::refresh, now);
    }
    if (begun)
        start_fetch();
    return result;
}

key_list key_keeper::usable_at(transport::time_point now)
{
    auto const may_use = [&](held_key const& each) { return schedule_.may_use(each.times, now); };
    if (std::all_of(held_.begin(), held_.end(), may_use))
        return usable_;
    auto made = std::make_shared<std::vector<public_key>>(); // first, as it may fail
    for (auto const& each : held_) {
        if (may_use(each))
            made->push_back(each.key);
    }
    std::erase_if(held_, [&](held_key const& each) { return !may_use(each); });
    usable_ = std::move(made);
    return usable_;
}

key_keeper::fetch_number key_keeper::latest() const
{
    std::lock_guard const lock{mutex_};
    return schedule_.latest();
}

key_keeper::step key_keeper::next(key_list const& tried, fetch_number since)
{
    if (is_pinned())
        return step::accept_mismatch;
    auto const now = pool_->now();
    bool begun = false;
    {
        std::lock_guard const lock{mutex_};
        if (usable_ != tried)
            return step::try_again;
        bool const none = tried->empty();
        switch (none ? schedule_.without_key(since, now) : schedule_.after_mismatch(since, now, many_wait())) {
        case schedule::step::accept_mismatch:
            return step::accept_mismatch;
        case schedule::step::refuse:
            return step::refuse;
        case schedule::step::wait:
            return step::wait;
        case schedule::step::fetch:
            begun = begin_fetch(none ? schedule::reason::no_key : schedule::reason::mismatch, now);
            break;
        }
    }
    if (!begun)
        return step::refuse;
    start_fetch();
    return step::wait;
}

void key_keeper::fetch_now()
{
    auto const now = pool_->now();
    bool begun = false;
    {
        std::lock_guard const lock{mutex_};
        begun = !schedule_.fetching() && begin_fetch(schedule::reason::refresh, now);
    }
    if (begun)
        start_fetch();
}

std::optional<error> key_keeper::last_failure() const
{
    std::lock_guard const lock{mutex_};
    return last_failure_;
}

bool key_keeper::closed() const
{
    std::lock_guard const lock{mutex_};
    return closed_;
}

// ---- fetching

bool key_keeper::begin_fetch(schedule::reason why, transport::time_point now)
{
    if (closed_)
        return false;
    schedule_.fetch_began(why, now);
    ++counted_.fetches;
    return true;
}

void key_keeper::start_fetch()
{
    try {
        auto done = [self = shared_from_this()](result<public_key> const& outcome, kept_time kept) {
            self->fetched(outcome, kept);
        };
        key_fetch::start(pool_, request_, config_.timeouts.fetch, std::move(done));
    } catch (std::bad_alloc const&) {
        bool fetching = false;
        {
            std::lock_guard const lock{mutex_};
            fetching = schedule_.fetching(); // unless it was told already
        }
        if (fetching)
            fetched(out_of_memory_, {});
    }
}

/// @param kept for how long a cache had kept it: there may be a newer key
void key_keeper::fetched(result<public_key> const& outcome, kept_time kept)
{
    std::optional<error> failure;
    if (!outcome)
        failure = outcome.error();
    {
        auto const now = pool_->now();
        std::lock_guard const lock{mutex_};
        auto ending = schedule::ending::failed;
        try {
            if (outcome)
                ending = keep(*outcome, kept, now) ? schedule::ending::changed : schedule::ending::confirmed;
        } catch (std::bad_alloc const&) {
            failure = out_of_memory_;
        }
        schedule_.fetch_ended(ending, kept.has_value());
        counted_.failed_fetches += failure ? 1 : 0;
        last_failure_ = failure;
        land();
    }
    if (failure)
        raise_alarm(*failure);
}

bool key_keeper::many_wait() const noexcept { return waiting_.size() >= most_patient; }

/// Whether a cache has kept it since before another took its place.
bool key_keeper::is_outdated(public_key const& fetched, kept_time kept, transport::time_point now) const
{
    return kept && !held_.empty() && held_.front().key != fetched && now - *kept < held_.front().since;
}

/// What the address says now is the key; what it said before is on its way out. So is what a cache still says, where
/// that was not seen at its time.
/// @return whether it is a new one, and there was another before
bool key_keeper::keep(public_key const& fetched, kept_time kept, transport::time_point now)
{
    bool const is_new = !was_seen(fetched);
    bool const outdated = is_outdated(fetched, kept, now);
    if (outdated && !is_new)
        return false;
    auto const same = std::find_if(held_.begin(), held_.end(), [&](auto const& each) { return each.key == fetched; });
    if (same != held_.end() && same == held_.begin()) {
        same->times.confirmed = now;
        return false;
    }
    auto made = std::make_shared<std::vector<public_key>>(); // first, as it may fail
    made->reserve(most_keys + 1);
    if (is_new) {
        if (seen_.size() == most_seen)
            seen_.erase(seen_.begin());
        seen_.push_back(fetched);
    }
    if (same != held_.end())
        held_.erase(same);
    bool const changed = !held_.empty() && !outdated;
    if (changed) {
        held_.front().times.replaced = now;
        ++counted_.key_changes;
    }
    schedule::key_times times;
    times.confirmed = now;
    if (outdated)
        times.replaced = held_.front().since; // then at the latest
    held_.insert(held_.begin() + (outdated ? 1 : 0),
                 held_key{fetched, times, now - kept.value_or(std::chrono::seconds{0})});
    if (held_.size() > most_keys)
        held_.pop_back();
    for (auto const& each : held_)
        made->push_back(each.key);
    usable_ = std::move(made);
    return is_new && changed;
}

/// One that was replaced may come back, from an address that has two.
bool key_keeper::was_seen(public_key const& fetched) const
{
    return std::find(seen_.begin(), seen_.end(), fetched) != seen_.end();
}

void key_keeper::land()
{
    for (auto* const each : std::exchange(waiting_, {})) {
        each->listed_ = false;
        each->landed_ = true;
        pool_->interrupt(each->operation_, errc::cancelled); // which is how one is woken
    }
}

void key_keeper::raise_alarm(error const& why) noexcept
try {
    if (!config_.on_alarm || why.code() == errc::client_closed)
        return;
    std::optional<std::chrono::seconds> age;
    {
        auto const now = pool_->now();
        std::lock_guard const lock{mutex_};
        if (!usable_at(now)->empty())
            age = std::chrono::floor<std::chrono::seconds>(now - held_.front().times.confirmed);
    }
    config_.on_alarm(key_alarm{why, age});
} catch (...) {
    // the hook's own trouble
}

// ---- the rest

void key_keeper::count(verdict what)
{
    std::lock_guard const lock{mutex_};
    ++counted_.checks;
    counted_.genuine += what == verdict::genuine ? 1 : 0;
    counted_.mismatches += what == verdict::signature_mismatch ? 1 : 0;
    counted_.undecided += what == verdict::undecided ? 1 : 0;
}

key_store_stats key_keeper::stats() const
{
    std::lock_guard const lock{mutex_};
    return counted_;
}

void key_keeper::close()
{
    {
        std::lock_guard const lock{mutex_};
        closed_ = true;
    }
    if (pool_)
        pool_->close_now();
}

} // namespace rtkhooks::delivery
