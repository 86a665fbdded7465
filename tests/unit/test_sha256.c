/*
 * test_sha256.c - against the examples of FIPS 180 and another implementation
 */
#include "config.h"

#include "common/sha256.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/tap.h"

static void
is_str(const char *got, const char *want, const char *name)
{
	if (!ok(strcmp(got, want) == 0, "%s", name))
		diag("got \"%s\", want \"%s\"", got, want);
}

static void
hash_is(const void *data, size_t len, const char *want, const char *name)
{
	char hex[OCR_SHA256_HEX + 1];

	ocr_sha256_hex(data, len, hex);
	is_str(hex, want, name);
}

/* A byte so often: around the ends of a block and of its padding. */
static void
test_lengths(void)
{
	static const struct {
		size_t len;
		const char *hash;
	} cases[] = {
	    {54, "a3f01b6939256127582ac8ae9fb47a382a244680806a3f613a118851c1ca1"
		 "d47"},
	    {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734"
		 "318"},
	    {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec67"
		 "38a"},
	    {57, "f13b2d724659eb3bf47f2dd6af1accc87b81f09f59f2b75e5c0bed6589dfe"
		 "8c6"},
	    {63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2"
		 "f34"},
	    {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df15466"
		 "8eb"},
	    {65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0"
		 "ae0"},
	    {119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584"
		  "dcfb"},
	    {120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904"
		  "c21c"},
	    {127, "c57e9278af78fa3cab38667bef4ce29d783787a2f731d4e12200270f0c32"
		  "320a"},
	    {128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013af"
		  "b73e"},
	    {129, "c12cb024a2e5551cca0e08fce8f1c5e314555cc3fef6329ee994a3db7521"
		  "66ae"},
	};
	uint8_t data[130];
	char name[32];
	size_t i;

	memset(data, 'a', sizeof(data));
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(name, sizeof(name), "%zu bytes", cases[i].len);
		hash_is(data, cases[i].len, cases[i].hash, name);
	}
}

int
main(void)
{
	static const char two_blocks[] =
	    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	size_t n = 1000000;
	uint8_t *million = malloc(n);

	hash_is("", 0,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "nothing");
	hash_is("abc", 3,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "abc");
	hash_is(two_blocks, strlen(two_blocks),
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
	    "two blocks");
	hash_is("\xd3", 1,
	    "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1",
	    "one byte");
	if (million == NULL)
		return 1;
	memset(million, 'a', n);
	hash_is(million, n,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	    "a million bytes");
	free(million);
	test_lengths();
	return done();
}
