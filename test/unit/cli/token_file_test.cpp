// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/token_file.hpp"

#include "cli/arguments.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_token_file)

namespace {

// A folder that goes when the test ends.
struct temporary_folder {
    temporary_folder()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "rtkhooks-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error{"no temporary folder"};
        path = pattern;
    }
    ~temporary_folder() { std::filesystem::remove_all(path); }
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;

    std::string file(std::string const& content) const
    {
        auto const name = path / "token";
        std::ofstream{name, std::ios::binary} << content;
        return name.string();
    }

    std::filesystem::path path;
};

std::string complaint(std::string const& name)
{
    try {
        static_cast<void>(read_token(name));
    } catch (usage_error const& failure) {
        return failure.what();
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_CASE(line_feeds_at_the_end_are_no_part_of_it)
{
    temporary_folder const folder;
    BOOST_TEST(read_token(folder.file("abc")) == "abc");
    BOOST_TEST(read_token(folder.file("abc\n")) == "abc");
    BOOST_TEST(read_token(folder.file("abc\r\n")) == "abc");
    BOOST_TEST(read_token(folder.file("a b\n")) == "a b"); // the client refuses it: it is not quietly changed here
}

BOOST_AUTO_TEST_CASE(files_that_hold_no_token)
{
    temporary_folder const folder;
    BOOST_TEST(complaint(folder.file("")).find("empty") != std::string::npos);
    BOOST_TEST(complaint(folder.file("\n")).find("empty") != std::string::npos);
    BOOST_TEST(complaint(folder.file(std::string(100'000, 'x'))).find("too long") != std::string::npos);
    BOOST_TEST(complaint("/dev/zero").find("too long") != std::string::npos);
    BOOST_TEST(complaint(folder.path.string()).find("irectory") != std::string::npos);
    BOOST_TEST(complaint("/no/such/file").find("'/no/such/file': No such file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_token_in_place_of_its_file_is_not_repeated)
{
    std::string const token = "cfut_0123456789abcdefghijABCDEFGHIJ0123456789deadbeef";
    auto const text = complaint(token);
    BOOST_TEST(!text.empty());
    BOOST_TEST(text.find("cfut_") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
