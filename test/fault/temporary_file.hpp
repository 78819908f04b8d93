// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/test/unit_test.hpp>

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace rtkhooks::test {

/// A file that is gone afterwards.
class temporary_file {
public:
    explicit temporary_file(std::string_view text)
    {
        auto const descriptor = ::mkstemp(path_.data());
        BOOST_TEST_REQUIRE(descriptor >= 0);
        ::close(descriptor);
        write(text);
    }
    ~temporary_file() { ::unlink(path_.c_str()); }
    temporary_file(temporary_file const&) = delete;
    temporary_file& operator=(temporary_file const&) = delete;

    /// In place of what it holds.
    void write(std::string_view text) const
    {
        std::ofstream file{path_};
        file << text << std::flush;
        BOOST_TEST(file.good());
    }
    [[nodiscard]] std::string const& path() const noexcept { return path_; }

private:
    std::string path_ = (std::filesystem::temp_directory_path() / "rtkhooks-XXXXXX").string();
};

} // namespace rtkhooks::test
