/*
 * softcard_correct.c - faults of XRT's emulation library; called by
 * softcard_xrt.c
 */
#include "config.h"

#include "src/softcard_correct.h"

#include <stdbool.h>
#include <string.h>

/*
 *	L1 - 32  mov %rax,BUF(%rbx)   L0: what the jump should lead to
 *	L1 - 25  mov %rbp,%rax        L1: what it leads to
 *	...
 *	         test %rax,%rax
 *	         jne L1
 *	         mov BUF(%rbx),%rdi
 *	         call free
 */
#define MEMORY_BYTES 41
#define MEMORY_TEST 28 /* where the test is */

static bool
is_memory_fault(const uint8_t *l0)
{
	static const uint8_t test[] = {0x48, 0x85, 0xc0, 0x75, 0xe6, 0x48, 0x8b,
	    0xbb};
	static const uint8_t store[] = {0x48, 0x89, 0x83};
	static const uint8_t result[] = {0x48, 0x89, 0xe8};
	const uint8_t *p = l0 + MEMORY_TEST;

	return memcmp(p, test, sizeof(test)) == 0 && p[12] == 0xe8 &&
	       memcmp(l0, store, sizeof(store)) == 0 &&
	       memcmp(l0 + 3, p + 8, 4) == 0 && /* the same BUF */
	       memcmp(l0 + 7, result, sizeof(result)) == 0;
}

/* 7 bytes before: the store's length. */
static void
correct_memory(uint8_t *l0)
{
	l0[MEMORY_TEST + 4] = 0xdf;
}

/*
 *	         mov %ebx,%r12d           of the unit in ebx
 *	         xor %r13d,%r13d          for word 0 of the command's mask
 *	         shr $5,%r12d             its word
 *	         and $31,%ebx             its bit
 *	         mov 4(%rax),%edi
 *	         jmp L2
 *	L1:      lea 1(%r13),%eax         for the next word
 *	         cmp %eax,%ebp            there is none:
 *	         je NO
 *	         mov 0x20(%r14),%rdx
 *	         mov %eax,%ecx
 *	         mov 4(%rdx,%rcx,4),%edi
 *	         cmp %r13d,%r12d          that was the unit's:
 *	         je NO
 *	         mov %eax,%r13d
 *	L2:      mov %ebx,%esi
 *	         call is_kth_bit_set
 *	         test %al,%al
 *	         je L1
 * Each word is looked at, up to that of the unit, not that one alone.
 */
static const uint8_t units_code[] = {0x41, 0x89, 0xdc, 0x45, 0x31, 0xed, 0x41,
    0xc1, 0xec, 0x05, 0x83, 0xe3, 0x1f, 0x8b, 0x78, 0x04, 0xeb, 0x1c, 0x66,
    0x90, 0x41, 0x8d, 0x45, 0x01, 0x39, 0xc5, 0x74, 0x28, 0x49, 0x8b, 0x56,
    0x20, 0x89, 0xc1, 0x8b, 0x7c, 0x8a, 0x04, 0x45, 0x39, 0xec, 0x74, 0x19,
    0x41, 0x89, 0xc5, 0x89, 0xde, 0xe8};
static const uint8_t units_end[] = {0x84, 0xc0, 0x74, 0xdb};

#define UNITS_END (sizeof(units_code) + 4) /* behind where the call leads */
#define UNITS_BYTES (UNITS_END + sizeof(units_end))

static bool
is_units_fault(const uint8_t *p)
{
	return memcmp(p, units_code, sizeof(units_code)) == 0 &&
	       memcmp(p + UNITS_END, units_end, sizeof(units_end)) == 0;
}

/*
 * Enter the loop at the word before the unit's; no word is there from the
 * number of words on, not at it:
 *	         mov %ebx,%r12d
 *	         shr $5,%r12d
 *	         lea -1(%r12),%r13d
 *	         and $31,%ebx
 *	         jmp L1
 *	         nop
 *	L1:      lea 1(%r13),%eax
 *	         cmp %eax,%ebp
 *	         jbe NO
 */
static void
correct_units(uint8_t *p)
{
	static const uint8_t code[] = {0x41, 0x89, 0xdc, 0x41, 0xc1, 0xec, 0x05,
	    0x45, 0x8d, 0x6c, 0x24, 0xff, 0x83, 0xe3, 0x1f, 0xeb, 0x03, 0x0f,
	    0x1f, 0x00, 0x41, 0x8d, 0x45, 0x01, 0x39, 0xc5, 0x76, 0x28};

	memcpy(p, code, sizeof(code));
}

static const struct fault {
	unsigned bit;
	size_t bytes;
	bool (*is_here)(const uint8_t *p);
	void (*correct)(uint8_t *p);
} faults[] = {
    {OCR_SOFTCARD_CORRECT_MEMORY, MEMORY_BYTES, is_memory_fault,
	correct_memory},
    {OCR_SOFTCARD_CORRECT_UNITS, UNITS_BYTES, is_units_fault, correct_units},
};

static unsigned
correct(const struct fault *f, uint8_t *lib, size_t len)
{
	uint8_t *at = NULL;
	size_t n = 0;

	for (size_t i = 0; i + f->bytes <= len; i++) {
		if (f->is_here(lib + i)) {
			at = lib + i;
			n++;
		}
	}
	if (n != 1)
		return 0;
	f->correct(at);
	return f->bit;
}

unsigned
ocr_softcard_correct(uint8_t *lib, size_t len)
{
	unsigned found = 0;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		found |= correct(&faults[i], lib, len);
	return found;
}
