#include "base/frames.hpp"

namespace oidor {

Result<void> FrameReader::feed(std::string_view bytes, const OnFrame& on_frame) {
    pending_.append(bytes);
    std::size_t position = 0;
    while (pending_.size() - position >= kFrameHeadSizeBytes) {
        const std::string_view rest = std::string_view(pending_).substr(position);
        const std::size_t size = frame_size(rest);
        if (size > size_bytes_max_) {
            return fail(ErrorCode::Internal, "frame of {} bytes from a child program: at most {}",
                        size, size_bytes_max_);
        }
        if (rest.size() < kFrameHeadSizeBytes + size) {
            break;
        }
        TRY(on_frame(rest.front(), rest.substr(kFrameHeadSizeBytes, size)));
        position += kFrameHeadSizeBytes + size;
    }
    pending_.erase(0, position);
    return {};
}

}  // namespace oidor
