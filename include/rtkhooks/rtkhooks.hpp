// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

/// @file
/// Everything of the client. The emulator has a header and a target of its own: `<rtkhooks/emulator.hpp>`.

#include <rtkhooks/client.hpp>
#include <rtkhooks/config.hpp>
#include <rtkhooks/delivery.hpp>
#include <rtkhooks/error.hpp>
#include <rtkhooks/event.hpp>
#include <rtkhooks/json.hpp>
#include <rtkhooks/version.hpp>
#include <rtkhooks/webhook.hpp>
