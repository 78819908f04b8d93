// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/diagnostics.hpp"

#include "cli/listen_output.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstddef>
#include <string>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_diagnostics)

namespace {

// Standard error is a pipe meanwhile.
class unread_pipe {
public:
    unread_pipe()
    {
        BOOST_REQUIRE(::pipe(ends_.data()) == 0);
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
        kept_ = ::dup(STDERR_FILENO);
        ::dup2(ends_[1], STDERR_FILENO);
    }
    unread_pipe(unread_pipe const&) = delete;
    unread_pipe& operator=(unread_pipe const&) = delete;
    ~unread_pipe()
    {
        ::dup2(kept_, STDERR_FILENO);
        for (auto const each : {kept_, ends_[0], ends_[1]})
            ::close(each);
    }

    // Writes until it takes no more.
    void fill()
    {
        std::string const block(PIPE_BUF, 'x');
        ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);
        while (::write(ends_[1], block.data(), block.size()) > 0)
            continue;
        ::fcntl(ends_[1], F_SETFL, 0);
    }
    std::string read_all()
    {
        std::string all;
        std::array<char, 4096> some{};
        for (;;) {
            auto const size = ::read(ends_[0], some.data(), some.size());
            if (size <= 0)
                return all;
            all.append(some.data(), static_cast<std::size_t>(size));
        }
    }

private:
    std::array<int, 2> ends_{};
    int kept_ = -1;
};

} // namespace

BOOST_AUTO_TEST_CASE(what_would_have_to_wait_is_dropped_and_counted)
{
    std::string first;
    std::string second;
    std::string last;
    {
        unread_pipe pipe;
        diagnostics complaints{output_format::json};
        complaints.write("a\n");
        complaints.tell_dropped();
        first = pipe.read_all();
        pipe.fill();
        complaints.write("b\n");
        complaints.write("c\n");
        complaints.tell_dropped();
        pipe.read_all();
        complaints.write("d\n");
        complaints.write("e\n");
        second = pipe.read_all();
        pipe.fill();
        complaints.write("f\n");
        pipe.read_all();
        complaints.tell_dropped();
        last = pipe.read_all();
    }
    BOOST_TEST(first == "a\n");
    BOOST_TEST(second == print_dropped(2, output_format::json) + "d\ne\n");
    BOOST_TEST(last == print_dropped(1, output_format::json));
}

BOOST_AUTO_TEST_CASE(of_a_text_that_is_too_long_whole_lines_are_written)
{
    std::string written;
    std::string told;
    std::string both;
    auto const line = std::string(PIPE_BUF / 3 * 2, 'x') + '\n';
    {
        unread_pipe pipe;
        diagnostics complaints{output_format::json};
        std::string text;
        for (int count = 0; count < 1000; ++count) // more than any pipe holds
            text += line;
        complaints.write(text);
        written = pipe.read_all();
        complaints.tell_dropped();
        told = pipe.read_all();
        complaints.write(line + line);
        both = pipe.read_all();
    }
    BOOST_TEST(!written.empty());
    BOOST_TEST(written.ends_with('\n'));
    BOOST_TEST(told == print_dropped(1, output_format::json));
    BOOST_TEST((both == line + line));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
