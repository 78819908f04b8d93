// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

/// @file
/// The client, and how deliveries are checked and decoded. Not the server for deliveries, `<rtkhooks/receiver.hpp>`,
/// which takes longer to compile; and the emulator has a target of its own, too: `<rtkhooks/emulator.hpp>`.

#include <rtkhooks/client.hpp>
#include <rtkhooks/config.hpp>
#include <rtkhooks/delivery.hpp>
#include <rtkhooks/error.hpp>
#include <rtkhooks/event.hpp>
#include <rtkhooks/json.hpp>
#include <rtkhooks/key_store.hpp>
#include <rtkhooks/version.hpp>
#include <rtkhooks/webhook.hpp>
