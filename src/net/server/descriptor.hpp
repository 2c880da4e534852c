// A file descriptor with one owner.
#pragma once

#include <utility>

#include <unistd.h>

namespace oidor::net::server {

/// Closes what was not handed on. -1: none.
class Descriptor {
  public:
    explicit Descriptor(int value = -1) : value_(value) {}
    Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) {
            close();
            value_ = other.release();
        }
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    [[nodiscard]] int get() const { return value_; }
    [[nodiscard]] bool is_open() const { return value_ >= 0; }
    int release() { return std::exchange(value_, -1); }

  private:
    void close() {
        if (value_ >= 0) {
            ::close(std::exchange(value_, -1));
        }
    }

    int value_;
};

}  // namespace oidor::net::server
