// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/config.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <sstream>

using namespace rtkhooks;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(client_config_values)

namespace {

std::string const short_one = "canary-token-1";                       // within a string object
std::string const long_one = "canary-token-" + std::string(100, '7'); // on the heap

/// Whether memory holds what is left of a secret. Without its first byte, which is where an empty text's end is put.
bool holds(void const* memory, std::size_t size, std::string const& text)
{
    return std::string_view{static_cast<char const*>(memory), size}.find(text.substr(1)) != std::string_view::npos;
}

constexpr std::array variables{"CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CLOUDFLARE_BASE_URL"};

/// An environment without the variables, until it ends.
class clean_environment {
public:
    clean_environment()
    {
        for (auto const* const name : variables) {
            auto const* const value = std::getenv(name);
            before_.emplace_back(value != nullptr ? std::optional<std::string>{value} : std::nullopt);
            unsetenv(name);
        }
    }
    ~clean_environment()
    {
        for (std::size_t i = 0; i != variables.size(); ++i) {
            if (before_[i])
                setenv(variables[i], before_[i]->c_str(), 1);
            else
                unsetenv(variables[i]);
        }
    }
    clean_environment(clean_environment const&) = delete;
    clean_environment& operator=(clean_environment const&) = delete;

private:
    std::vector<std::optional<std::string>> before_;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_secret_never_prints)
{
    std::ostringstream out;
    out << secret{short_one} << secret{};
    BOOST_TEST(out.str() == "[secret][secret]", "P43");
    BOOST_TEST(secret{short_one}.reveal() == short_one);
    BOOST_TEST((secret{short_one} == secret{short_one}));
    BOOST_TEST((secret{short_one} != secret{long_one}));
    BOOST_TEST(secret{}.empty());
}

BOOST_AUTO_TEST_CASE(a_secret_wipes_its_memory)
{
    alignas(secret) std::array<unsigned char, sizeof(secret)> room{};
    auto* const ended = new (room.data()) secret{short_one};
    BOOST_TEST(holds(room.data(), room.size(), short_one));
    std::destroy_at(ended);
    BOOST_TEST(!holds(room.data(), room.size(), short_one), "P45: destroyed");

    secret moved{short_one};
    secret const to{std::move(moved)};
    BOOST_TEST(to.reveal() == short_one);
    BOOST_TEST(!holds(&moved, sizeof moved, short_one), "P45: moved away");

    secret assigned{short_one};
    secret target;
    target = std::move(assigned);
    BOOST_TEST(target.reveal() == short_one);
    BOOST_TEST(!holds(&assigned, sizeof assigned, short_one), "P45: moved away by assignment");

    secret const other{"x"};
    for (bool const move : {false, true}) {
        secret replaced{long_one};
        auto const* const buffer = replaced.reveal().data();
        if (move)
            replaced = secret{"x"};
        else
            replaced = other;
        BOOST_TEST(replaced.reveal() == "x");
        if (replaced.reveal().data() == buffer) // it need not have kept it
            BOOST_TEST(!holds(buffer, long_one.size(), long_one.substr(50)), "P45: replaced");
    }
}

BOOST_AUTO_TEST_CASE(a_secret_is_a_value)
{
    secret one{long_one};
    auto const& same = one;
    one = same;
    BOOST_TEST(one.reveal() == long_one);
    auto copy = one;
    BOOST_TEST((copy == one));
    copy = secret{"other"};
    BOOST_TEST(one.reveal() == long_one, "a copy is its own");
    auto const moved = std::move(one);
    BOOST_TEST(moved.reveal() == long_one);
}

BOOST_AUTO_TEST_CASE(credentials_are_one_of_two_kinds)
{
    BOOST_TEST(credentials{}.empty());
    auto const token = credentials::api_token("t");
    BOOST_TEST((!token.empty() && !token.is_global_key() && token.email().empty() && token.key().reveal() == "t"));
    auto const key = credentials::global_key("a@example.com", "k");
    BOOST_TEST((!key.empty() && key.is_global_key() && key.email() == "a@example.com" && key.key().reveal() == "k"));
}

BOOST_AUTO_TEST_CASE(the_environment)
{
    struct row {
        std::string_view name;
        std::array<char const*, 4> values; ///< in the order of variables
        std::string email;
        std::string key;
        std::string base_url;
    };
    std::string const usual = client_config{}.base_url;
    row const rows[] = {
        {"nothing", {}, "", "", usual},
        {"a token", {"t"}, "", "t", usual},
        {"a key and an email", {nullptr, "k", "a@example.com"}, "a@example.com", "k", usual},
        {"a key alone", {nullptr, "k"}, "", "", usual},
        {"an email alone", {nullptr, nullptr, "a@example.com"}, "", "", usual},
        {"all three: the token", {"t", "k", "a@example.com"}, "", "t", usual},
        {"an empty token is none", {"", "k", "a@example.com"}, "a@example.com", "k", usual},
        {"an empty key is none", {nullptr, "", "a@example.com"}, "", "", usual},
        {"an empty email is none", {nullptr, "k", ""}, "", "", usual},
        {"a base URL", {"t", nullptr, nullptr, "https://a/"}, "", "t", "https://a/"},
        {"an empty base URL is none", {"t", nullptr, nullptr, ""}, "", "t", usual},
        {"nothing is trimmed", {" t\n"}, "", " t\n", usual},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            clean_environment const clean;
            for (std::size_t i = 0; i != variables.size(); ++i) {
                if (each.values[i] != nullptr)
                    setenv(variables[i], each.values[i], 1);
            }
            auto const config = client_config::from_environment();
            BOOST_TEST(config.auth.email() == each.email);
            BOOST_TEST(config.auth.key().reveal() == each.key);
            BOOST_TEST(config.auth.empty() == each.key.empty());
            BOOST_TEST(config.base_url == each.base_url);
            BOOST_TEST(!config.insecure_http_loopback, "nothing else comes from there");
        }
    }
}

BOOST_AUTO_TEST_CASE(overrides_of_the_resolver)
{
    struct row {
        std::string text;
        std::string expected; ///< HOST|PORT|ADDRESS, or nothing
    };
    row const rows[] = {
        {"a.example:443:127.0.0.1", "a.example|443|127.0.0.1"},
        {"a.example:443:::1", "a.example|443|::1"},
        {"a.example:443:[::1]", "a.example|443|::1"},
        {"A:1:x", "A|1|x"}, // whether it is an address is checked with the rest of the configuration
        {"a:65535:1.2.3.4", "a|65535|1.2.3.4"},
        {"a:0443:1.2.3.4", "a|443|1.2.3.4"},
        {"", {}},
        {"a", {}},
        {"a:443", {}},
        {"::", {}},
        {":443:1.2.3.4", {}},
        {"a::1.2.3.4", {}},
        {"a:443:", {}},
        {"a:0:1.2.3.4", {}},
        {"a:65536:1.2.3.4", {}},
        {"a:-1:1.2.3.4", {}},
        {"a:+1:1.2.3.4", {}},
        {"a: 1:1.2.3.4", {}},
        {"a:1 :1.2.3.4", {}},
        {"a:0x1bb:1.2.3.4", {}},
        {"a:https:1.2.3.4", {}},
        {"[::1]:443:127.0.0.1", {}},
        {"::1:443:127.0.0.1", {}},
    };
    for (auto const& each : rows) {
        auto const parsed = resolve_override::parse(each.text);
        auto const found =
            parsed ? parsed->host() + '|' + std::to_string(parsed->port()) + '|' + parsed->address() : "";
        BOOST_TEST(found == each.expected, each.text << ": " << found);
    }
}

BOOST_AUTO_TEST_SUITE_END()
