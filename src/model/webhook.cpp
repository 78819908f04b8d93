// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/webhook.hpp>

#include "model/encode.hpp"

#include <ostream>

namespace rtkhooks {

namespace {

template <class T>
std::ostream& print(std::ostream& out, T const& value)
{
    std::string text;
    model::append_json(text, value);
    return out << text;
}

} // namespace

std::ostream& operator<<(std::ostream& out, webhook const& hook) { return print(out, hook); }
std::ostream& operator<<(std::ostream& out, webhook_spec const& spec) { return print(out, spec); }
std::ostream& operator<<(std::ostream& out, webhook_patch const& patch) { return print(out, patch); }

} // namespace rtkhooks
