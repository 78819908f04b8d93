// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace rtkhooks::http {

/// How many bytes may be in use at once, by all who share them. One thread takes and gives; any may look.
class memory_budget {
public:
    /// What one of them has. Given back when it goes. One without a budget may have any number.
    class share {
    public:
        share() = default;
        /// @param free as much as this, and no more than this, costs nothing
        explicit share(memory_budget& of, std::size_t free = 0) noexcept : of_{&of}, free_{free} {}
        share(share&& other) noexcept : of_{other.of_}, free_{other.free_}, bytes_{std::exchange(other.bytes_, 0)} {}
        share& operator=(share&&) = delete;
        ~share() { static_cast<void>(resize(0)); }

        /// @return whether there is so much; if not, nothing changes. Less is always granted
        [[nodiscard]] bool resize(std::size_t bytes) noexcept
        {
            if (of_ && !of_->exchange(cost_of(bytes_), cost_of(bytes)))
                return false;
            bytes_ = bytes;
            return true;
        }
        [[nodiscard]] std::size_t size() const noexcept { return bytes_; }

    private:
        [[nodiscard]] std::size_t cost_of(std::size_t bytes) const noexcept { return bytes > free_ ? bytes : 0; }

        memory_budget* of_ = nullptr;
        std::size_t free_ = 0;
        std::size_t bytes_ = 0;
    };

    explicit memory_budget(std::size_t limit) noexcept : limit_{limit} {}
    memory_budget(memory_budget const&) = delete;
    memory_budget& operator=(memory_budget const&) = delete;

    [[nodiscard]] std::size_t in_use() const noexcept { return in_use_; }
    /// The most at once.
    [[nodiscard]] std::size_t peak() const noexcept { return peak_; }

private:
    bool exchange(std::size_t before, std::size_t after) noexcept
    {
        auto const others = in_use_ - before;
        if (after > before && (others > limit_ || after > limit_ - others))
            return false;
        in_use_ = others + after;
        if (others + after > peak_)
            peak_ = others + after;
        return true;
    }

    std::size_t limit_;
    std::atomic<std::size_t> in_use_{0};
    std::atomic<std::size_t> peak_{0};
};

} // namespace rtkhooks::http
