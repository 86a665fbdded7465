/*
 * stream.cpp - makes the streams between the units of Vitis_Accel_Examples;
 * the only thing that is added to them.  For tests/accel-examples.sh.
 */
#include <ap_axi_sdata.h>
#include <ap_int.h>
#include <hls_stream.h>

extern "C" void *
accel_stream(void)
{
	return new hls::stream<ap_axiu<32, 0, 0, 0>>;
}
