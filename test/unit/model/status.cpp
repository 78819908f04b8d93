// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/status.hpp"

#include <boost/test/unit_test.hpp>

using rtkhooks::errc;
using rtkhooks::model::errc_for_status;

BOOST_AUTO_TEST_SUITE(model_status)

BOOST_AUTO_TEST_CASE(every_status)
{
    for (int status = -1; status <= 1000; ++status) {
        auto expected = errc::protocol_error;
        if (status == 401)
            expected = errc::unauthorized;
        else if (status == 403)
            expected = errc::forbidden;
        else if (status == 404)
            expected = errc::not_found;
        else if (status == 409)
            expected = errc::conflict;
        else if (status == 429)
            expected = errc::rate_limited;
        else if (status >= 300 && status <= 399)
            expected = errc::unexpected_redirect;
        else if (status >= 400 && status <= 499)
            expected = errc::invalid_request;
        else if (status >= 500 && status <= 599)
            expected = errc::server_error;
        BOOST_TEST((errc_for_status(status) == expected), status << " is " << to_string(errc_for_status(status)));
    }
}

BOOST_AUTO_TEST_SUITE_END()
