// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "measure.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rtkhooks::bench {

/// A webhook as somebody writes it who has Boost.JSON. Times are left as text, which rtkhooks reads.
struct webhook {
    std::string id;
    std::string name;
    std::string url;
    std::vector<std::string> events;
    bool enabled = false;
    std::string created_at;
    std::string updated_at;
};

struct failure {
    std::int64_t code = 0;
    std::string message;
};

/// @throws boost::system::system_error, std::exception where it is none
[[nodiscard]] webhook to_webhook(boost::json::value const& from);

/// Decodes an answer into the types above and looks whether it is what was asked for.
/// @param memory for the tree, which is gone when this returns
[[nodiscard]] bool decode_as_expected(options const& asked, int status, std::string_view body,
                                      boost::json::storage_ptr memory = {});

/// The body of create.
[[nodiscard]] std::string encode_created();

} // namespace rtkhooks::bench
