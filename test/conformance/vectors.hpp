// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace rtkhooks::test {

/// A file or folder of the data, by its path within RTKHOOKS_VECTORS. That is set, or no test case would run (main.cpp).
/// Must be there: to have half of the data is no reason to skip.
[[nodiscard]] inline std::filesystem::path vectors(std::string_view path)
{
    auto const found = std::filesystem::path{std::getenv("RTKHOOKS_VECTORS")} / path;
    BOOST_TEST_REQUIRE(std::filesystem::exists(found), "there is no " << found);
    return found;
}

/// What lies beside that folder, or may.
[[nodiscard]] inline std::filesystem::path beside_vectors(std::string_view path)
{
    return std::filesystem::path{std::getenv("RTKHOOKS_VECTORS")} / ".." / path;
}

[[nodiscard]] inline std::string content(std::filesystem::path const& file)
{
    std::ifstream from{file, std::ios::binary};
    std::ostringstream bytes;
    bytes << from.rdbuf();
    BOOST_TEST_REQUIRE(!from.fail(), file << " cannot be read");
    return std::move(bytes).str();
}

[[nodiscard]] inline boost::json::value json_vectors(std::string_view path)
{
    return boost::json::parse(content(vectors(path)));
}

/// A string of it, or nothing where that is null or missing.
[[nodiscard]] inline std::string text_of(boost::json::object const& from, std::string_view key)
{
    auto const* const value = from.if_contains({key.data(), key.size()});
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

} // namespace rtkhooks::test
