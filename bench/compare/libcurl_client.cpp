// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// libcurl's multi interface as its documentation recommends it for many connections: curl_multi_socket_action on epoll,
// handles and connections used again and again. Boost.JSON with a reused buffer decodes. Where there are more calls than
// connections they wait here: libcurl's own queue costs many times more with thousands in it.
#include "decode.hpp"
#include "measure.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <curl/curl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <queue>
#include <utility>

using namespace rtkhooks::bench;

namespace {

void must(bool succeeded, char const* what)
{
    if (succeeded)
        return;
    std::fprintf(stderr, "%s failed\n", what);
    std::exit(1);
}

struct curl_free {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

std::size_t append(char* data, std::size_t size, std::size_t count, void* to)
{
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
}

/// Makes one call at a time, again and again.
struct transfer {
    std::unique_ptr<CURL, curl_free> handle;
    std::string request;
    std::string answer;
    clock::time_point began;
};

class multi_client {
public:
    explicit multi_client(options const& asked);
    ~multi_client();
    multi_client(multi_client const&) = delete;
    multi_client& operator=(multi_client const&) = delete;
    connection_counts operator()(batch& requests);

private:
    static int watch(CURL* handle, curl_socket_t socket, int what, void* self, void* known);
    static int set_timer(CURLM* multi, long milliseconds, void* self);
    void prepare(transfer& self);
    void begin_next(transfer& self);
    void wait();
    void collect(batch& requests);
    void finish(transfer& self, CURLcode how, batch& requests);

    options const& asked_;
    std::string const url_;
    std::unique_ptr<curl_slist, curl_free> headers_;
    CURLM* multi_;
    int epoll_;
    std::vector<transfer> transfers_;
    std::queue<clock::time_point> waiting_; // when each call began
    connection_counts counts_;
    std::array<unsigned char, 64 * 1024> memory_; // for trees of JSON
    std::optional<clock::time_point> timer_;
};

multi_client::multi_client(options const& asked)
    : asked_{asked},
      url_{std::string{"https://"} + host + ":" + std::to_string(asked.port) + asked.target},
      multi_{curl_multi_init()},
      epoll_{epoll_create1(EPOLL_CLOEXEC)},
      transfers_(asked.connections)
{
    must(multi_ != nullptr && epoll_ >= 0, "starting");
    auto const add = [&](std::string const& line) { // which keeps the list where it cannot be extended
        headers_.reset(curl_slist_append(headers_.release(), line.c_str()));
        must(headers_ != nullptr, "a header");
    };
    add(std::string{"Authorization: Bearer "} + token);
    add("Accept: application/json");
    if (asked.what == operation::create)
        add("Content-Type: application/json");
    auto const most = static_cast<long>(asked.connections);
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, most);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, most);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &multi_client::watch);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &multi_client::set_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    for (auto& each : transfers_)
        prepare(each);
}

multi_client::~multi_client()
{
    transfers_.clear();
    curl_multi_cleanup(multi_);
}

void multi_client::prepare(transfer& self)
{
    self.handle.reset(curl_easy_init());
    auto* const handle = self.handle.get();
    must(handle != nullptr, "curl_easy_init");
    curl_easy_setopt(handle, CURLOPT_PRIVATE, &self);
    curl_easy_setopt(handle, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_3});
    curl_easy_setopt(handle, CURLOPT_CAINFO, asked_.ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_SSL_SESSIONID_CACHE, asked_.resume ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 60'000L);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &append);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &self.answer);
}

void multi_client::begin_next(transfer& self)
{
    if (waiting_.empty())
        return;
    self.began = waiting_.front();
    waiting_.pop();
    self.answer.clear();
    auto* const handle = self.handle.get();
    if (asked_.what == operation::create) {
        self.request = encode_created();
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, self.request.c_str());
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(self.request.size()));
    }
    must(curl_multi_add_handle(multi_, handle) == CURLM_OK, "curl_multi_add_handle");
}

// libcurl says which sockets it waits for, and in which direction.
int multi_client::watch(CURL*, curl_socket_t socket, int what, void* self, void* known)
{
    auto& client = *static_cast<multi_client*>(self);
    epoll_event wanted{};
    wanted.data.fd = socket;
    wanted.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
    auto const change = what == CURL_POLL_REMOVE ? EPOLL_CTL_DEL : known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    epoll_ctl(client.epoll_, change, socket, &wanted);
    curl_multi_assign(client.multi_, socket, what == CURL_POLL_REMOVE ? nullptr : self);
    return 0;
}

int multi_client::set_timer(CURLM*, long milliseconds, void* self)
{
    auto& timer = static_cast<multi_client*>(self)->timer_;
    timer.reset();
    if (milliseconds >= 0)
        timer = clock::now() + std::chrono::milliseconds{milliseconds};
    return 0;
}

void multi_client::wait()
{
    int milliseconds = -1;
    if (timer_)
        milliseconds =
            std::max(0, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(*timer_ - clock::now()).count()));
    std::array<epoll_event, 64> events;
    auto const count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds);
    must(count >= 0, "epoll_wait");
    int running = 0;
    for (std::size_t i = 0; i != static_cast<std::size_t>(count); ++i) {
        auto const ready = events[i].events;
        auto const what = ((ready & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                          ((ready & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                          ((ready & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(multi_, events[i].data.fd, what, &running);
    }
    if (timer_ && *timer_ <= clock::now()) {
        timer_.reset();
        curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
}

void multi_client::collect(batch& requests)
{
    int left = 0;
    while (auto const* const message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        auto* const handle = message->easy_handle;
        auto const how = message->data.result; // the message is gone with the handle
        char* self = nullptr;
        curl_easy_getinfo(handle, CURLINFO_PRIVATE, &self);
        curl_multi_remove_handle(multi_, handle);
        finish(*reinterpret_cast<transfer*>(self), how, requests);
    }
}

void multi_client::finish(transfer& self, CURLcode how, batch& requests)
{
    long status = 0;
    long opened = 0;
    curl_easy_getinfo(self.handle.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(self.handle.get(), CURLINFO_NUM_CONNECTS, &opened);
    counts_.opened += static_cast<std::uint64_t>(opened);
    bool good = how == CURLE_OK;
    if (good) {
        boost::json::monotonic_resource memory{memory_.data(), memory_.size()};
        good = decode_as_expected(asked_, static_cast<int>(status), self.answer, &memory);
    }
    requests.done(self.began, good);
    if (requests.take())
        waiting_.push(clock::now());
    begin_next(self);
}

connection_counts multi_client::operator()(batch& requests)
{
    counts_ = {};
    for (std::size_t i = 0; i != asked_.concurrent && requests.take(); ++i)
        waiting_.push(clock::now());
    for (auto& each : transfers_)
        begin_next(each);
    while (!requests.complete()) {
        wait();
        collect(requests);
    }
    return counts_;
}

} // namespace

int main(int count, char** arguments)
{
    auto const asked = parse_options(count, arguments);
    if (asked.threads > 1)
        skip("has one thread");
    curl_global_init(CURL_GLOBAL_ALL);
    multi_client client{asked};
    measure(asked, [&](batch& requests) { return client(requests); });
}
