// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/test/unit_test.hpp>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <string>

namespace rtkhooks::test {

/// A directory to trust with one certificate in it, gone afterwards.
class trusted_directory {
public:
    explicit trusted_directory(std::string const& pem)
    {
        BOOST_TEST_REQUIRE(::mkdtemp(path_.data()) != nullptr);
        auto* const text = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
        auto* const certificate = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
        BIO_free(text);
        BOOST_TEST_REQUIRE(certificate != nullptr);
        std::ostringstream name;
        name << std::hex << std::setw(8) << std::setfill('0') << X509_subject_name_hash(certificate) << ".0";
        X509_free(certificate);
        std::ofstream{path_ + '/' + name.str()} << pem;
    }
    ~trusted_directory() { std::filesystem::remove_all(path_); }
    trusted_directory(trusted_directory const&) = delete;
    trusted_directory& operator=(trusted_directory const&) = delete;

    [[nodiscard]] std::string const& path() const noexcept { return path_; }

private:
    std::string path_ = (std::filesystem::temp_directory_path() / "rtkhooks-XXXXXX").string();
};

} // namespace rtkhooks::test
