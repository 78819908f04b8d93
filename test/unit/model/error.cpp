// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/error.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <sstream>

using namespace rtkhooks;

BOOST_AUTO_TEST_SUITE(model_error)

namespace {

error::details details_of(errc code)
{
    error::details what;
    what.code = code;
    return what;
}

std::string line_of(error::details what) { return error{std::move(what)}.message(); }

} // namespace

BOOST_AUTO_TEST_CASE(every_errc_has_a_name_and_words)
{
    std::set<std::string_view> names;
    std::set<std::string> words;
    for (int i = 1; i <= static_cast<int>(errc::resource_exhausted); ++i) {
        auto const code = static_cast<errc>(i);
        names.insert(to_string(code));
        words.insert(make_error_code(code).message());
    }
    BOOST_TEST(names.size() == 21);
    BOOST_TEST(words.size() == 21);
    BOOST_TEST(names.count("unknown") == 0);
    BOOST_TEST(words.count("unknown error") == 0);
    BOOST_TEST(to_string(errc::not_found) == "not_found");
    BOOST_TEST(to_string(errc::resource_exhausted) == "resource_exhausted");

    for (int const i : {0, -1, 22, 1'000'000}) {
        BOOST_TEST(to_string(static_cast<errc>(i)) == "unknown");
        BOOST_TEST(error_category().message(i) == "unknown error");
    }
}

BOOST_AUTO_TEST_CASE(codes_compare_with_errc)
{
    boost::system::error_code const code = errc::not_found;
    BOOST_TEST(code == errc::not_found);
    BOOST_TEST(code != errc::conflict);
    BOOST_TEST(code.failed());
    BOOST_TEST(std::string_view{code.category().name()} == "rtkhooks");
    BOOST_TEST(error{errc::conflict}.code() == errc::conflict);
}

BOOST_AUTO_TEST_CASE(phases_and_states_have_names)
{
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(phase::backoff); ++i)
        names.insert(to_string(static_cast<phase>(i)));
    BOOST_TEST(names.size() == 11);
    BOOST_TEST(names.count("unknown") == 0);
    BOOST_TEST(to_string(phase::tls_handshake) == "tls_handshake");
    BOOST_TEST(to_string(static_cast<phase>(11)) == "unknown");
    BOOST_TEST(to_string(request_state::unsent) == "unsent");
    BOOST_TEST(to_string(request_state::unknown) == "unknown");
    BOOST_TEST(to_string(request_state::answered) == "answered");

    std::ostringstream out;
    out << phase::read_body << ' ' << request_state::answered << ' ' << error{errc::cancelled};
    BOOST_TEST(out.str() == "read_body answered cancelled");
}

BOOST_AUTO_TEST_CASE(an_error_gives_back_its_parts)
{
    error::details what;
    what.code = errc::rate_limited;
    what.cause = make_error_code(boost::system::errc::connection_reset);
    what.phase = phase::read_body;
    what.http_status = 429;
    what.messages.emplace_back(971, "slow down");
    what.ray_id = "8f00ba4-AMS";
    what.retry_after = std::chrono::seconds{4};
    what.attempts = 3;
    what.request_state = request_state::answered;
    what.explanation = "because";
    error const made{what};

    BOOST_TEST(made.code() == errc::rate_limited);
    BOOST_TEST(made.cause() == boost::system::errc::connection_reset);
    BOOST_TEST(made.phase() == phase::read_body);
    BOOST_TEST(made.http_status() == 429);
    BOOST_TEST((made.messages() == std::vector{error_message{971, "slow down"}}));
    BOOST_TEST(made.ray_id() == "8f00ba4-AMS");
    BOOST_TEST((made.retry_after() == std::chrono::seconds{4}));
    BOOST_TEST(made.attempts() == 3);
    BOOST_TEST(made.request_state() == request_state::answered);
    BOOST_TEST((made.parts() == what));
    BOOST_TEST(made.parts().message.empty());

    // So that another one can be made from it, with a line of its own.
    auto more = made.parts();
    more.attempts = 4;
    BOOST_TEST(error{more}.message() != made.message());
}

BOOST_AUTO_TEST_CASE(lines)
{
    struct row {
        error::details what;
        std::string_view expected;
    };
    std::vector<row> rows;
    auto const expect = [&rows](error::details what, std::string_view line) {
        rows.push_back({std::move(what), line});
    };

    expect(details_of(errc::cancelled), "cancelled");
    {
        auto what = details_of(errc::not_found);
        what.http_status = 404;
        what.phase = phase::read_body; // of no interest where there is a status
        what.request_state = request_state::answered;
        what.messages.emplace_back(404, "Error: resource not found");
        what.ray_id = "8f00ba4-AMS";
        expect(what, "not found (HTTP 404): Error: resource not found [code 404]; ray 8f00ba4-AMS");
        what.messages.emplace_back(std::nullopt, "no code");
        what.messages.emplace_back(7, "");
        what.ray_id.clear();
        expect(what, "not found (HTTP 404): Error: resource not found [code 404]; no code; [code 7]");
    }
    {
        auto what = details_of(errc::timed_out);
        what.phase = phase::read_header;
        what.attempts = 2;
        what.request_state = request_state::unknown;
        expect(what, "timed out while waiting for the answer after 2 attempts; the request may have taken effect");
        what.request_state = request_state::unsent;
        what.phase = phase::queue;
        what.attempts = 1;
        expect(what, "timed out while waiting for a connection");
    }
    {
        auto what = details_of(errc::connect_failed);
        what.phase = phase::connect; // says nothing that the code does not
        what.explanation = "localhost:443";
        what.cause = make_error_code(boost::system::errc::connection_refused);
        expect(what, "could not connect: localhost:443: Connection refused");
    }
    {
        auto what = details_of(errc::rate_limited);
        what.http_status = 429;
        what.retry_after = std::chrono::seconds{4};
        what.request_state = request_state::answered;
        expect(what, "rate limited (HTTP 429); wait 4 s before trying again");
        what.http_status = 0;
        what.phase = phase::rate_limit;
        what.request_state = request_state::unsent;
        what.explanation = "the client's own pace has no turn";
        expect(what,
               "rate limited while waiting for a turn: the client's own pace has no turn; wait 4 s before trying again");
        what.explanation.clear();
        what.retry_after.reset();
        expect(what, "rate limited while waiting for a turn");
    }
    {
        auto what = details_of(errc::decode_failed);
        what.http_status = 200;
        what.phase = phase::decode;
        what.explanation = "data.id: missing, at byte 9";
        expect(what, "could not decode (HTTP 200): data.id: missing, at byte 9");
    }
    {
        auto what = details_of(static_cast<errc>(99));
        what.phase = static_cast<phase>(99);
        expect(what, "unknown error");
    }
    {
        auto what = details_of(errc::server_error);
        what.message = "its own line";
        what.http_status = 500;
        expect(what, "its own line");
    }
    for (auto const& row : rows)
        BOOST_TEST(line_of(row.what) == row.expected);

    BOOST_TEST(error(errc::invalid_argument, "account_id: is empty").message() ==
               "invalid argument: account_id: is empty");
}

BOOST_AUTO_TEST_CASE(a_line_is_one_capped_line)
{
    auto what = details_of(errc::server_error);
    what.http_status = 500;
    what.explanation = std::string(10'000, 'e') + "\n";
    for (int i = 0; i < 1000; ++i)
        what.messages.emplace_back(i, "two\nlines \x1b[31m" + std::string(1000, 'm'));
    what.ray_id = "ray\r\nwith: a header" + std::string(10'000, 'r');
    what.request_state = request_state::unknown;
    auto const line = line_of(what);
    BOOST_TEST(line.size() < 1500);
    BOOST_TEST(line.find("the request may have taken effect") != std::string::npos);
    BOOST_TEST(line.find("two\\nlines \\x1b[31m") != std::string::npos);
    // A long message leaves room for the next one.
    BOOST_TEST(line.find("[code 1]") != std::string::npos);
    for (char const c : line)
        BOOST_TEST(static_cast<unsigned char>(c) >= 0x20);
}

BOOST_AUTO_TEST_CASE(equality_is_that_of_the_parts)
{
    error const one{errc::conflict, "x"};
    error const copy = one;
    BOOST_TEST(one == copy);
    BOOST_TEST(one == error(errc::conflict, "x"));
    BOOST_TEST(one != error(errc::conflict, "y"));
    BOOST_TEST(one != error(errc::not_found, "x"));
    BOOST_TEST(one != error{});
    BOOST_TEST(error{} != one);
    BOOST_TEST(error{} == error{});
}

BOOST_AUTO_TEST_CASE(no_error)
{
    error const none;
    BOOST_TEST(!none.code().failed());
    BOOST_TEST(none.message() == "no error");
    BOOST_TEST(none.http_status() == 0);
    BOOST_TEST(none.messages().empty());

    error moved_from{errc::conflict};
    error const taken = std::move(moved_from);
    BOOST_TEST(taken.code() == errc::conflict);
    BOOST_TEST(moved_from.message() == "no error"); // NOLINT(bugprone-use-after-move): regular, so it may be looked at
}

BOOST_AUTO_TEST_CASE(a_result_throws_what_it_holds)
{
    result<int> good = 7;
    BOOST_TEST(good.value() == 7);
    BOOST_TEST(!good.error().code().failed());

    result<int> bad = error{errc::conflict, "url is in use"};
    BOOST_TEST(bad.error().message() == "conflict: url is in use");
    BOOST_CHECK_EXCEPTION(bad.value(), exception, [](exception const& thrown) {
        return thrown.error() == error(errc::conflict, "url is in use") && thrown.code() == errc::conflict &&
               std::string_view{thrown.what()} == "conflict: url is in use";
    });
    // As what it is derived from, too.
    BOOST_CHECK_THROW(bad.value(), boost::system::system_error);
    BOOST_CHECK_THROW(bad.value(), std::runtime_error);
    // A code alone will do.
    result<std::string> const from_code = errc::queue_full;
    BOOST_TEST(from_code.error().code() == errc::queue_full);
}

BOOST_AUTO_TEST_CASE(a_copied_exception_says_the_same)
{
    std::string said;
    try {
        try {
            result<int>{error{errc::timed_out}}.value();
        } catch (exception const& thrown) {
            exception const copy = thrown;
            throw copy;
        }
    } catch (std::exception const& thrown) {
        said = thrown.what();
    }
    BOOST_TEST(said == "timed out");
}

BOOST_AUTO_TEST_SUITE_END()
