// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/address.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>

BOOST_AUTO_TEST_SUITE(transport_address)

BOOST_AUTO_TEST_CASE(families_take_turns_as_the_resolver_began)
{
    // 4a is 127.0.0.10, 6a is ::a, and so on.
    auto const order = [](std::string const& names) {
        std::vector<rtkhooks::transport::endpoint> addresses;
        std::istringstream in{names};
        for (std::string name; in >> name;) {
            auto const text = name[0] == '6' ? "::" + name.substr(1) : "127.0.0." + std::to_string(name[1] - 'a' + 10);
            addresses.emplace_back(boost::asio::ip::make_address(text), std::uint16_t{443});
        }
        std::string result;
        for (auto const& each : rtkhooks::transport::interleave(addresses)) {
            BOOST_TEST(each.port() == 443);
            auto const text = each.address().to_string();
            result += each.address().is_v6()
                          ? "6" + text.substr(2)
                          : std::string{"4"} + static_cast<char>(std::stoi(text.substr(8)) - 10 + 'a');
            result += ' ';
        }
        return result;
    };
    struct row {
        std::string given, expected;
    };
    row const rows[] = {
        {"", ""},
        {"4a", "4a "},
        {"4a 4b 4c", "4a 4b 4c "},
        {"6a 6b 6c", "6a 6b 6c "},
        {"6a 4a", "6a 4a "},
        {"4a 6a", "4a 6a "},
        {"6a 6b 6c 4a 4b", "6a 4a 6b 4b 6c "},
        {"4a 4b 4c 6a", "4a 6a 4b 4c "},
        {"6a 4a 4b 4c", "6a 4a 4b 4c "},
        {"4b 6b 6a 4a 4c", "4b 6b 4a 6a 4c "},
        {"4a 4a 6a", "4a 6a 4a "},
    };
    for (auto const& each : rows)
        BOOST_TEST(order(each.given) == each.expected, "row 8: " << each.given << ": " << order(each.given));
}

BOOST_AUTO_TEST_SUITE_END()
