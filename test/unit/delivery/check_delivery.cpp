// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/delivery.hpp>

#include "fixtures/events.hpp"
#include "fixtures/signing_key.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

using namespace rtkhooks;
using test::signing_key;

BOOST_AUTO_TEST_SUITE(delivery_check)

namespace {

std::string const body{test::events::meeting_started};

signing_key const& other_pair()
{
    static auto const pair = signing_key::rsa(3072);
    return pair;
}

public_key key_of(signing_key const& pair) { return public_key::from_pem(pair.public_pem()).value(); }

using headers = std::multimap<std::string, std::string>;

/// What a web framework's lookup would be.
auto found_in(headers const& all)
{
    return [&all](std::string_view name) -> header_value {
        auto const [first, last] = all.equal_range(std::string{name});
        if (first == last)
            return {};
        return std::next(first) == last ? header_value{first->second} : header_value::repeated();
    };
}

rtkhooks::delivery_check check(headers const& all, std::string_view text = body)
{
    static auto const key = key_of(test::usual_key());
    return check_delivery(key, found_in(all), text);
}

} // namespace

/// F14.
BOOST_AUTO_TEST_CASE(statuses)
{
    struct row {
        verdict value;
        std::string_view name;
        int status;
    };
    row const rows[] = {
        {verdict::genuine, "genuine", 200},
        {verdict::signature_missing, "signature_missing", 401},
        {verdict::signature_malformed, "signature_malformed", 400},
        {verdict::signature_mismatch, "signature_mismatch", 401},
        {verdict::undecided, "undecided", 503},
        {static_cast<verdict>(77), "undecided", 503},
    };
    for (auto const& row : rows) {
        BOOST_TEST(status_for(row.value) == row.status);
        BOOST_TEST(to_string(row.value) == row.name);
        std::ostringstream out;
        out << row.value;
        BOOST_TEST(out.str() == row.name);
    }
}

/// Of the fault matrix: row 101.
BOOST_AUTO_TEST_CASE(headers_and_their_verdicts)
{
    auto const good = test::usual_key().signature_of(body);
    auto const bad = test::usual_key().signature_of(body + ' ');
    struct row {
        std::string_view what;
        headers all;
        verdict expected;
    };
    row const rows[] = {
        {"as sent", {{"rtk-signature", good}}, verdict::genuine},
        {"under the older name", {{"dyte-signature", good}}, verdict::genuine},
        {"both", {{"rtk-signature", good}, {"dyte-signature", good}}, verdict::genuine},
        {"the older one does not count", {{"rtk-signature", good}, {"dyte-signature", bad}}, verdict::genuine},
        {"neither for the worse", {{"rtk-signature", bad}, {"dyte-signature", good}}, verdict::signature_mismatch},
        {"nor one that is empty", {{"rtk-signature", ""}, {"dyte-signature", good}}, verdict::signature_malformed},
        {"none", {}, verdict::signature_missing},
        {"others", {{"rtk-uuid", "1"}, {"signature", good}}, verdict::signature_missing},
        {"empty", {{"rtk-signature", ""}}, verdict::signature_malformed},
        {"twice", {{"rtk-signature", good}, {"rtk-signature", good}}, verdict::signature_malformed},
        {"twice, and once under the older name",
         {{"rtk-signature", good}, {"rtk-signature", good}, {"dyte-signature", good}},
         verdict::signature_malformed},
        {"twice under the older name",
         {{"dyte-signature", good}, {"dyte-signature", good}},
         verdict::signature_malformed},
        {"in a list", {{"rtk-signature", good + "," + good}}, verdict::signature_malformed},
        {"no base64", {{"rtk-signature", "not a signature!"}}, verdict::signature_malformed},
        {"of another body", {{"rtk-signature", bad}}, verdict::signature_mismatch},
        {"of another key", {{"rtk-signature", other_pair().signature_of(body)}}, verdict::signature_mismatch},
        {"short", {{"rtk-signature", "AAAA"}}, verdict::signature_mismatch},
    };
    for (auto const& row : rows)
        BOOST_TEST(check(row.all).verdict == row.expected, row.what << ": " << check(row.all));
    BOOST_TEST(check({{"rtk-signature", good}}, body + '\n').verdict == verdict::signature_mismatch);
}

BOOST_AUTO_TEST_CASE(ids_of_delivery_and_webhook)
{
    auto const signature = test::usual_key().signature_of(body);
    auto const got = check({{"rtk-signature", signature}, {"rtk-uuid", "d-1"}, {"rtk-webhook-id", "w-1"}});
    BOOST_TEST(got.id == "d-1");
    BOOST_TEST(got.webhook_id == "w-1");
    std::ostringstream out;
    out << got << "; " << check({});
    BOOST_TEST(out.str() ==
               "genuine, delivery d-1, webhook w-1; signature_missing, delivery without id, webhook unnamed");

    // Whatever the verdict is, and under either name, each for itself.
    auto const mixed = check({{"dyte-uuid", "old"}, {"rtk-uuid", "new"}, {"dyte-webhook-id", "w-2"}});
    BOOST_TEST(mixed.verdict == verdict::signature_missing);
    BOOST_TEST(mixed.id == "new");
    BOOST_TEST(mixed.webhook_id == "w-2");
    BOOST_TEST((mixed == check({{"rtk-uuid", "new"}, {"rtk-webhook-id", "w-2"}})));
    BOOST_TEST(!(mixed == got));

    // Only what may be logged and remembered; the rest makes no delivery worse.
    BOOST_TEST(check({{"rtk-uuid", std::string(128, 'x')}}).id == std::string(128, 'x'));
    for (auto const& unfit : {std::string{}, std::string(129, 'x'), std::string{"a b"}, std::string{"a\x1b[2J"},
                              std::string{"a\x7f"}, std::string{"\xc3\xbc"}, std::string(1, '\0')}) {
        auto const without = check({{"rtk-signature", signature}, {"rtk-uuid", unfit}, {"rtk-webhook-id", unfit}});
        BOOST_TEST(without.verdict == verdict::genuine);
        BOOST_TEST(without.id == "");
        BOOST_TEST(without.webhook_id == "");
    }
    auto const twice = check({{"rtk-signature", signature}, {"rtk-uuid", "a"}, {"rtk-uuid", "b"}});
    BOOST_TEST(twice.verdict == verdict::genuine);
    BOOST_TEST(twice.id == "");
}

BOOST_AUTO_TEST_CASE(one_key_of_several)
{
    std::vector<public_key> const keys{key_of(other_pair()), key_of(test::usual_key())};
    auto const verdict_of = [&](std::span<public_key const> some, std::string const& signature) {
        headers const all{{"rtk-signature", signature}};
        return check_delivery(some, found_in(all), body).verdict;
    };
    BOOST_TEST(verdict_of(keys, test::usual_key().signature_of(body)) == verdict::genuine);
    BOOST_TEST(verdict_of(keys, other_pair().signature_of(body)) == verdict::genuine);
    BOOST_TEST(verdict_of(keys, signing_key::rsa(2048).signature_of(body)) == verdict::signature_mismatch);
    BOOST_TEST(verdict_of(keys, "!") == verdict::signature_malformed);

    // Without a key nothing is known of a signature, but that there is one.
    BOOST_TEST(verdict_of({}, test::usual_key().signature_of(body)) == verdict::undecided);
    BOOST_TEST(verdict_of({}, "!") == verdict::signature_malformed);
    headers const none;
    BOOST_TEST(check_delivery(std::span<public_key const>{}, found_in(none), body).verdict ==
               verdict::signature_missing);
}

BOOST_AUTO_TEST_CASE(lookups)
{
    auto const key = key_of(test::usual_key());
    auto const signature = test::usual_key().signature_of(body);
    // By name in lower case; each is asked for once, the older ones where they are needed.
    std::vector<std::string> asked;
    auto const by_optional = [&](std::string_view name) -> std::optional<std::string_view> {
        asked.emplace_back(name);
        return name == "rtk-signature" ? std::optional<std::string_view>{signature} : std::nullopt;
    };
    BOOST_TEST(check_delivery(key, by_optional, body).verdict == verdict::genuine);
    std::vector<std::string> const expected{"rtk-signature", "rtk-uuid", "dyte-uuid", "rtk-webhook-id",
                                            "dyte-webhook-id"};
    BOOST_TEST(asked == expected, boost::test_tools::per_element());

    auto const nothing = [](std::string_view) { return header_value{}; };
    BOOST_TEST(check_delivery(key, nothing, body).verdict == verdict::signature_missing);
    header_lookup const referred{by_optional};
    BOOST_TEST(check_delivery(key, referred, body).verdict == verdict::genuine);
    auto const broken = [](std::string_view) -> header_value { throw std::runtime_error{"no headers"}; };
    BOOST_CHECK_THROW((void)check_delivery(key, broken, body), std::runtime_error);

    BOOST_TEST(header_value{}.is_missing());
    BOOST_TEST(header_value{std::nullopt}.is_missing());
    BOOST_TEST(header_value::repeated().is_repeated());
    BOOST_TEST(!header_value::repeated().is_missing());
    BOOST_TEST(header_value{"text"}.once().value() == "text");
    BOOST_TEST(!header_value{""}.is_missing());
    BOOST_TEST(header_value{static_cast<char const*>(nullptr)}.is_missing());
    static_assert(std::is_convertible_v<std::string const&, header_value>);
    static_assert(!std::is_convertible_v<std::string, header_value>); // gone before it is read
}

BOOST_AUTO_TEST_SUITE_END()
