// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rtkhooks::model {

/// How much of one text of a server is shown.
inline constexpr std::size_t server_text_cap = 256;

/// What a server wrote, fit for a log line or a terminal: the one place that caps and escapes such text.
///
/// Escaped are what could move a cursor, forge a line or reverse what is read: control characters (`\n`, `\t`, `\r`,
/// else `\x1b`), C1 controls, line separators and the marks that turn the direction of text (`\u202e`), and bytes that
/// are no UTF-8 (`\xff`). A backslash stays one, so that text which went through here once may go through again.
/// @param cap the result's greatest size in bytes. Longer text ends in `…` within it; neither a UTF-8 sequence nor an
///            escape is ever cut in two.
[[nodiscard]] std::string server_text(std::string_view text, std::size_t cap = server_text_cap);

/// A body that is not the JSON it should be, as one line for a person: the title where it is an HTML page, else how it
/// starts; runs of white space become one space.
[[nodiscard]] std::string server_snippet(std::string_view body, std::size_t cap = server_text_cap);

/// Replaces a secret by `[secret]` wherever a server has sent it back, as it stands or with JSON's escapes. Not one of less
/// than 8 bytes, which is no secret and could be a part of any word.
/// @return whether it was there
bool conceal(std::string& text, std::string_view secret);

/// The same of what server_text() gave, which may have cut the secret short.
void conceal_in_short_text(std::string& text, std::string_view secret);

} // namespace rtkhooks::model
