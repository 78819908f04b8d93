// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

namespace rtkhooks::transport {

/// How often fork() has made this process out of one that had asked before: another number than before tells that what
/// was made then is shared with the parent. Costs no system call.
[[nodiscard]] unsigned fork_count() noexcept;

/// In a forked process: makes a descriptor lead nowhere, so that closing it changes nothing of what is shared with the
/// parent. An epoll, for one, would forget the parent's too.
void leave_to_parent(int descriptor) noexcept;

} // namespace rtkhooks::transport
