/* k_stored.c - deflate piece of stored blocks */
#include "kernels/k_stored.h"

#include "kernels/k_stored_block.h"

#define HEADER_LEN 5U /* 3 bits padded to a byte, LEN, NLEN */

size_t
k_stored_bound(size_t len)
{
	size_t n_blocks = len / K_STORED_MAX + (len % K_STORED_MAX > 0);
	size_t extra = (n_blocks + 1) * HEADER_LEN;

	return len > SIZE_MAX - extra ? SIZE_MAX : len + extra;
}

size_t
k_stored_encode(const uint8_t *in, size_t len, uint8_t *out, size_t cap)
{
	size_t bound = k_stored_bound(len), done = 0;

	if (cap < bound)
		return 0;
	while (done < len) {
		size_t n =
		    len - done < K_STORED_MAX ? len - done : K_STORED_MAX;

		*out++ = 0;
		out = k_stored_body(out, in + done, (uint32_t)n);
		done += n;
	}
	*out++ = 0;
	k_stored_body(out, in, 0);
	return bound;
}
