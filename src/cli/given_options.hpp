// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rtkhooks::cli {

/// A command line taken apart: options by their long names, and what is no option. Nothing is interpreted yet.
class given_options {
public:
    /// @throws usage_error for options that do not exist, lack their value, or have one that they do not take
    explicit given_options(std::vector<std::string> const& arguments);

    [[nodiscard]] std::vector<std::string> const& operands() const noexcept { return operands_; }

    [[nodiscard]] bool has(std::string_view name) const;
    /// The value of an option that may be given once.
    /// @throws usage_error where it was given more often
    [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
    /// The values of an option that may be repeated, in order.
    [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
    /// The names of all options, in order.
    [[nodiscard]] std::vector<std::string> names() const;

private:
    std::vector<std::pair<std::string, std::string>> options_;
    std::vector<std::string> operands_;
};

} // namespace rtkhooks::cli
