// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/key_fetch.hpp"

#include "delivery/key_document.hpp"
#include "transport/connection.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace rtkhooks::delivery {

key_fetch::key_fetch(std::shared_ptr<transport::pool> from, std::string request, done_handler done)
    : pool_{from},
      executor_{pool_->executor()},
      request_{std::move(request)},
      done_{std::move(done)},
      operation_{std::move(from)}
{
}

/// Where it was not resumed: its context is gone.
key_fetch::~key_fetch()
{
    try {
        finish(error{errc::client_closed});
    } catch (std::bad_alloc const&) {
        // whoever waits has a deadline
    }
}

void key_fetch::start(std::shared_ptr<transport::pool> from, std::string request, transport::time_point::duration time,
                      done_handler done)
{
    std::shared_ptr<key_fetch> const made{new key_fetch{std::move(from), std::move(request), std::move(done)}};
    made->acquire(time);
}

void key_fetch::acquire(transport::time_point::duration time)
{
    await(pool_->acquire(operation_, pool_->now() + time, true), &key_fetch::acquired);
}

void key_fetch::resumption::operator()()
try {
    ((*self).*next)();
} catch (std::bad_alloc const&) {
    // the end of this one tells of it
}

/// Goes on with the next step when the pool's has ended.
void key_fetch::await(bool ended, void (key_fetch::*next)())
{
    if (ended)
        return (this->*next)();
    operation_.wait()(resumption{shared_from_this(), next});
}

void key_fetch::acquired()
{
    if (operation_.failed)
        return fail();
    await(pool_->exchange(operation_, request_), &key_fetch::answered);
}

void key_fetch::answered()
{
    if (operation_.failed)
        return fail();
    auto const& answer = operation_.lease->answer();
    auto outcome = read_key_answer(answer.status, answer.body);
    std::optional<std::chrono::seconds> kept; // of several, the longest
    for (auto i = answer.find("Age"); i != answer.field_count(); i = answer.find("Age", i + 1))
        kept = std::max(kept, kept_for(answer.field_value(i)));
    pool_->release(operation_);
    finish(std::move(outcome), kept);
}

void key_fetch::finish(result<public_key> outcome, std::optional<std::chrono::seconds> kept)
{
    if (auto const done = std::exchange(done_, nullptr))
        done(std::move(outcome), kept);
}

void key_fetch::fail()
{
    pool_->renew_trust_after(*operation_.failed);
    finish(failure());
}

error key_fetch::failure() const
{
    auto const& why = *operation_.failed;
    error::details what;
    what.code = why.code;
    what.cause = why.cause;
    what.phase = why.where;
    what.attempts = 1;
    what.request_state = operation_.sent ? request_state::unknown : request_state::unsent;
    what.explanation = why.explanation;
    return error{std::move(what)};
}

} // namespace rtkhooks::delivery
