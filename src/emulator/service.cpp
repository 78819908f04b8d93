// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/service.hpp"

#include "emulator/identifier.hpp"
#include "emulator/route.hpp"
#include "emulator/webhook_body.hpp"
#include "model/encode.hpp"
#include "text/ascii.hpp"

#include <rtkhooks/error.hpp>
#include <rtkhooks/json.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <variant>

namespace rtkhooks::emulation {
namespace {

constexpr std::string_view before_data = R"({"success":true,"data":)";

answer make_success(int status, webhook const& hook)
{
    answer result{status, std::string{before_data}, "application/json", {}};
    model::append_json(result.body, hook);
    result.body += '}';
    return result;
}

// As the published examples of replace and edit have it.
answer make_success_without_enabled(webhook const& hook)
{
    auto data = boost::json::value_from(hook).as_object();
    data.erase("enabled");
    return {200, std::string{before_data} + boost::json::serialize(data) + '}', "application/json", {}};
}

answer make_event_types()
{
    answer result{200, std::string{before_data}, "application/json", {}};
    char separator = '[';
    for (auto const event : event_set::all()) {
        result.body.append(1, separator).append("\"").append(event.name()).append("\"");
        separator = ',';
    }
    result.body.append("]}");
    return result;
}

answer make_not_found() { return make_realtimekit_error(404, "Error: resource not found"); }

answer make_bad_id() { return make_realtimekit_error(400, "BAD_REQUEST \"id\" must be a valid GUID"); }

answer make_method_not_allowed(std::string_view allowed)
{
    auto result = make_gateway_error(405, 10405, "Method not allowed");
    result.fields.emplace_back("Allow", allowed);
    return result;
}

// For what the store refuses.
answer make_refusal(store::status why)
{
    switch (why) {
    case store::status::not_found:
        return make_not_found();
    case store::status::url_in_use:
        return make_realtimekit_error(409, "Error: resource already exists");
    default:
        return make_realtimekit_error(400, "BAD_REQUEST: this emulator holds no more webhooks");
    }
}

bool is_credible(std::string_view text) // as a token or key
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_plain(std::string_view content_encoding) { return content_encoding.empty() || content_encoding == "identity"; }

// The token of `Bearer TOKEN`, or nothing where the field has another form.
std::optional<std::string_view> read_bearer(std::string_view field)
{
    constexpr std::string_view scheme = "bearer ";
    if (field.size() <= scheme.size() || !ascii::equal_in_any_case(field.substr(0, scheme.size()), scheme))
        return {};
    field.remove_prefix(std::min(field.find_first_not_of(' ', scheme.size()), field.size()));
    return is_credible(field) ? std::optional{field} : std::nullopt;
}

// Whether an answer may have a body of so many bytes.
bool make_room(http::memory_budget::share& memory, std::size_t size)
{
    return size + longest_header <= memory.size() || memory.resize(size + longest_header);
}

// What a good generator makes of a counter: no two rays are alike, and none tells the next at a glance.
std::uint64_t scramble(std::uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

} // namespace

bool request_quota::take(std::chrono::steady_clock::time_point now) noexcept
{
    if (limit_ == 0)
        return true;
    if (taken_ == 0 || now - start_ >= window_) {
        start_ = now;
        taken_ = 0;
    }
    if (taken_ == limit_)
        return false;
    ++taken_;
    return true;
}

std::chrono::seconds request_quota::until_reset(std::chrono::steady_clock::time_point now) const noexcept
{
    auto const left = std::chrono::ceil<std::chrono::seconds>(start_ + window_ - now);
    return std::clamp(left, std::chrono::seconds{0}, window_);
}

// Without a limit: what Cloudflare documents for a user, never used up.
void request_quota::describe(answer& in, std::chrono::steady_clock::time_point now) const
{
    auto const quota = limit_ == 0 ? 1200 : limit_;
    auto const window = limit_ == 0 ? std::chrono::seconds{300} : window_;
    auto const left = quota - taken_;
    auto const reset = limit_ == 0 ? window : until_reset(now);
    in.fields.emplace_back("Ratelimit",
                           "\"default\";r=" + std::to_string(left) + ";t=" + std::to_string(reset.count()));
    in.fields.emplace_back("Ratelimit-Policy",
                           "\"default\";q=" + std::to_string(quota) + ";w=" + std::to_string(window.count()));
}

service::service(emulator_options options, store_limits limits, delivery_limits deliveries)
    : options_{std::move(options)},
      quota_{options_.rate_limit(), options_.rate_limit_window()},
      store_{limits},
      outbox_{options_.delivery_retries(), options_.delivery_pause(), deliveries},
      ray_{make_random_number()}
{
}

answer service::handle(request const& what, moment now, http::memory_budget::share& memory)
{
    return complete(decide(what, now, memory), now);
}

answer service::complete(answer what, moment now)
{
    what.fields.emplace_back("cf-ray", to_hexadecimal(scramble(++ray_)) + "-EMU");
    quota_.describe(what, now.steady);
    return what;
}

answer service::decide(request const& what, moment now, http::memory_budget::share& memory)
{
    auto const where = find_route(what.target);
    if (where.what == route::resource::events)
        return answer_events(what, memory);
    if (where.what == route::resource::public_key)
        return answer_public_key(what);
    if (!quota_.take(now.steady)) {
        auto result = make_error(429);
        // 0 would invite the next refusal.
        auto const pause = std::max(quota_.until_reset(now.steady), std::chrono::seconds{1});
        result.fields.emplace_back("Retry-After", std::to_string(pause.count()));
        return result;
    }
    if (where.what == route::resource::malformed)
        return make_gateway_error(400, {}, "Malformed percent-encoding in the URI");
    if (where.what == route::resource::none)
        return make_gateway_error(404, 7003, "No route for the URI");
    if (where.what == route::resource::collection)
        return answer_collection(what, where, now, memory);
    return answer_item(what, where, now);
}

// Two answers: the gateway's, where there is nothing that looks like credentials, and RealtimeKit's, where they are
// not the right ones.
std::optional<answer> service::refuse_credentials(request const& what) const
{
    if (!what.authorization && what.auth_key) {
        if (!is_credible(*what.auth_key))
            return make_bad_credentials(6103, "Invalid format for X-Auth-Key header");
        if (!what.auth_email || what.auth_email->find('@') == std::string_view::npos)
            return make_bad_credentials(6102, "Invalid format for X-Auth-Email header");
        return *what.auth_key == options_.token().reveal() ? std::nullopt : std::optional{make_unauthorized()};
    }
    auto const token = read_bearer(what.authorization.value_or(""));
    if (!token)
        return make_bad_credentials(6111, "Invalid format for Authorization header");
    return *token == options_.token().reveal() ? std::nullopt : std::optional{make_unauthorized()};
}

answer service::answer_events(request const& what, http::memory_budget::share& memory)
{
    bool const is_read = what.method == "GET" || what.method == "HEAD";
    if (!is_read && what.method != "POST")
        return make_method_not_allowed("GET, HEAD, POST");
    if (auto refused = refuse_credentials(what))
        return std::move(*refused);
    if (!is_read && !is_plain(what.content_encoding))
        return make_gateway_error(415, {}, "Unsupported content encoding");
    if (!is_read)
        return take_event(what.body, memory);
    answer result{200, {}, "application/json", {}};
    result.body = outbox_.log().to_json([&](std::size_t size) { return make_room(memory, size); });
    return result.body.empty() ? make_overload() : result;
}

answer service::take_event(std::string_view body, http::memory_budget::share& memory)
try {
    constexpr std::size_t longest_entry = 2048; // a name can be six times as long as JSON
    auto what = outbox_.sign(body);
    if (!make_room(memory, store_.subscribers(event_type{std::string_view{what->name}}).size() * longest_entry))
        return make_overload();
    answer result{202, std::string{before_data} + '[', "application/json", {}};
    for (auto const& each : emit(std::move(what))) {
        result.body.append(result.body.back() == '[' ? "" : ",");
        append_json(result.body, each);
    }
    result.body.append("]}");
    return result;
} catch (exception const& refused) {
    if (refused.code() == errc::queue_full)
        return make_overload();
    return make_realtimekit_error(400, "BAD_REQUEST: " + refused.error().parts().explanation);
}

std::vector<emulator_delivery> service::emit(std::shared_ptr<signed_event const> what)
{
    std::vector<subscriber> to;
    for (auto const* const hook : store_.subscribers(event_type{std::string_view{what->name}}))
        to.push_back({hook->id, hook->url});
    return outbox_.add(std::move(what), std::move(to));
}

// In the documented shape, and to anyone.
answer service::answer_public_key(request const& what)
{
    if (what.method != "GET" && what.method != "HEAD")
        return make_method_not_allowed("GET, HEAD");
    answer result{200, std::string{before_data} + R"({"publicKey":)", "application/json", {}};
    model::append_json(result.body, outbox_.keys().current()->public_pem());
    result.body.append(R"(},"message":""})");
    return result;
}

answer service::answer_collection(request const& what, route const& where, moment now,
                                  http::memory_budget::share& memory)
{
    bool const is_read = what.method == "GET" || what.method == "HEAD";
    if (!is_read && what.method != "POST")
        return make_method_not_allowed("GET, HEAD, POST");
    if (auto refused = refuse_credentials(what))
        return std::move(*refused);
    app_key const app{where.account, where.app};
    if (is_read)
        return list(app, memory);
    if (!is_plain(what.content_encoding))
        return make_gateway_error(415, {}, "Unsupported content encoding");
    return create(app, what.body, now.wall);
}

answer service::answer_item(request const& what, route const& where, moment now)
{
    bool const is_read = what.method == "GET" || what.method == "HEAD";
    bool const has_body = what.method == "PUT" || what.method == "PATCH";
    if (!is_read && !has_body && what.method != "DELETE")
        return make_method_not_allowed("GET, HEAD, PUT, PATCH, DELETE");
    if (auto refused = refuse_credentials(what))
        return std::move(*refused);
    if (is_read && where.what == route::resource::event_types)
        return make_event_types();
    if (!is_uuid(where.id)) // `all` is none
        return make_bad_id();
    app_key const app{where.account, where.app};
    if (is_read)
        return get(app, where.id);
    if (!has_body)
        return remove(app, where.id);
    if (!is_plain(what.content_encoding))
        return make_gateway_error(415, {}, "Unsupported content encoding");
    return what.method == "PUT" ? replace(app, where.id, what.body, now.wall)
                                : edit(app, where.id, what.body, now.wall);
}

answer service::list(app_key const& app, http::memory_budget::share& memory) const
{
    auto const* const hooks = store_.list(app);
    if (!hooks && options_.list_not_found_when_empty())
        return make_not_found();
    auto const size = before_data.size() + store_.json_size(app) + (hooks ? hooks->size() - 1 : 0) + 3;
    if (!make_room(memory, size))
        return make_overload();
    answer result{200, {}, "application/json", {}};
    result.body.reserve(size + longest_header);
    result.body.append(before_data).append("[");
    if (hooks) {
        for (auto const& hook : *hooks) {
            model::append_json(result.body, hook);
            result.body += ',';
        }
        result.body.pop_back();
    }
    result.body.append("]}");
    return result;
}

answer service::create(app_key const& app, std::string_view body, timestamp now)
{
    auto const spec = read_spec(body);
    if (auto const* refused = std::get_if<refusal>(&spec))
        return make_realtimekit_error(400, refused->message);
    auto const created = store_.create(app, std::get<webhook_spec>(spec), now);
    return created.hook ? make_success(201, *created.hook) : make_refusal(created.what);
}

answer service::get(app_key const& app, std::string_view id) const
{
    auto const* const hook = store_.find(app, id);
    return hook ? make_success(200, *hook) : make_not_found();
}

answer service::replace(app_key const& app, std::string_view id, std::string_view body, timestamp now)
{
    auto const spec = read_spec(body);
    if (auto const* refused = std::get_if<refusal>(&spec))
        return make_realtimekit_error(400, refused->message);
    return answer_update(store_.replace(app, id, std::get<webhook_spec>(spec), now));
}

answer service::edit(app_key const& app, std::string_view id, std::string_view body, timestamp now)
{
    auto const patch = read_patch(body);
    if (auto const* refused = std::get_if<refusal>(&patch))
        return make_realtimekit_error(400, refused->message);
    return answer_update(store_.edit(app, id, std::get<webhook_patch>(patch), now));
}

answer service::answer_update(store::outcome const& updated) const
{
    if (!updated.hook)
        return make_refusal(updated.what);
    return options_.partial_replies() ? make_success_without_enabled(*updated.hook) : make_success(200, *updated.hook);
}

answer service::remove(app_key const& app, std::string_view id)
{
    auto const removed = store_.remove(app, id);
    if (!removed)
        return make_not_found();
    if (options_.partial_replies())
        return {200, std::string{before_data} + "null}", "application/json", {}};
    return make_success(200, *removed);
}

} // namespace rtkhooks::emulation
