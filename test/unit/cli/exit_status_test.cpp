// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/exit_status.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_exit_status)

namespace {

struct row {
    errc code;
    int status;
};

// Every errc, as the command's documentation tells.
constexpr std::array rows{
    row{errc::invalid_argument, 2}, row{errc::unauthorized, 3},    row{errc::forbidden, 3},
    row{errc::not_found, 4},        row{errc::invalid_request, 5}, row{errc::conflict, 6},
    row{errc::rate_limited, 7},     row{errc::server_error, 8},    row{errc::unexpected_redirect, 8},
    row{errc::resolve_failed, 9},   row{errc::connect_failed, 9},  row{errc::tls_failed, 9},
    row{errc::connection_lost, 9},  row{errc::timed_out, 9},       row{errc::protocol_error, 10},
    row{errc::limit_exceeded, 10},  row{errc::decode_failed, 10},  row{errc::cancelled, 130},
    row{errc::queue_full, 1},       row{errc::client_closed, 1},   row{errc::resource_exhausted, 1},
};

} // namespace

BOOST_AUTO_TEST_CASE(every_code_has_its_status)
{
    for (auto const& [code, status] : rows)
        BOOST_TEST_CONTEXT(to_string(code))
    BOOST_TEST(static_cast<int>(exit_status_of(error{code})) == status);
}

BOOST_AUTO_TEST_CASE(the_table_has_every_code)
{
    BOOST_TEST(rows.size() == static_cast<std::size_t>(errc::resource_exhausted)); // the last one; they count from 1
}

BOOST_AUTO_TEST_CASE(a_code_of_a_later_version_is_a_failure)
{
    BOOST_TEST(static_cast<int>(exit_status_of(static_cast<errc>(9999))) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
