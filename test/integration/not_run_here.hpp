// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/test/framework.hpp>
#include <boost/test/tree/test_unit.hpp>
#include <boost/test/unit_test_suite.hpp>

#include <iostream>
#include <string_view>

namespace rtkhooks::test {

/// What a precondition says. Boost.Test tells of what it skips to nobody who has not asked, and scripts/test counts these
/// lines.
[[nodiscard]] inline boost::test_tools::assertion_result run_where(bool possible, boost::unit_test::test_unit_id which,
                                                                   std::string_view otherwise)
{
    boost::test_tools::assertion_result result{possible};
    if (!possible) {
        result.message() << otherwise;
        auto const& unit = boost::unit_test::framework::get(which, boost::unit_test::TUT_ANY);
        std::cout << "not run here: " << unit.full_name() << ": " << otherwise << std::endl;
    }
    return result;
}

} // namespace rtkhooks::test
