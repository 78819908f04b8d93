// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/wipe.hpp"

#include <openssl/crypto.h>

namespace rtkhooks::transport {

void wipe(std::string& text) noexcept
{
    text.resize(text.capacity()); // of a text that was moved away, the buffer holds all but the size
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

} // namespace rtkhooks::transport
