// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <memory>
#include <utility>

namespace rtkhooks::test {

/// Another executor, and what is done with the functions that it is given.
/// @tparam Manner  has `execute(any_io_executor const& inner, function&&)`; all copies share it
template <class Manner>
class decorated_executor {
public:
    decorated_executor(boost::asio::any_io_executor inner, std::shared_ptr<Manner> manner)
        : inner_{std::move(inner)}, manner_{std::move(manner)}
    {
    }

    template <class Function>
    void execute(Function&& function) const
    {
        manner_->execute(inner_, std::forward<Function>(function));
    }

    template <class Property>
    requires boost::asio::can_require_v<boost::asio::any_io_executor, Property>
        decorated_executor require(Property const& what)
    const { return {boost::asio::require(inner_, what), manner_}; }
    template <class Property>
    requires boost::asio::can_prefer_v<boost::asio::any_io_executor, Property>
        decorated_executor prefer(Property const& what)
    const { return {boost::asio::prefer(inner_, what), manner_}; }
    template <class Property>
    requires boost::asio::can_query_v<boost::asio::any_io_executor, Property>
    decltype(auto) query(Property const& what) const { return boost::asio::query(inner_, what); }

    friend bool operator==(decorated_executor const&, decorated_executor const&) = default;

private:
    boost::asio::any_io_executor inner_;
    std::shared_ptr<Manner> manner_;
};

} // namespace rtkhooks::test
