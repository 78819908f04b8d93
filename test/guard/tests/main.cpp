// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#define BOOST_TEST_MODULE rtkhooks guard
#include <boost/test/unit_test.hpp>
