/*
 * worker_cpu.c - a CPU thread as a worker
 *
 * Depth 2: one job runs while the next waits here, so that a thread never
 * sleeps for the time the loop needs to wake up and hand it more.
 */
#include "config.h"

#include "common/worker_cpu.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/io.h"
#include "common/job_list.h"
#include "common/queue.h"
#include "common/thread.h"

#define CPU_DEPTH 2

struct cpu {
	struct ocr_worker *worker;
	const struct ocr_kernel *kernel;
	void *kernel_state; /* owner: the thread, after open */
	struct ocr_thread *thread;
	struct ocr_monitor *monitor;
	struct ocr_job_list waiting; /* lock: monitor */
	bool is_closing;             /* lock: monitor */
};

static struct ocr_job *
cpu_take(struct cpu *cpu)
{
	struct ocr_job *job;

	ocr_monitor_enter(cpu->monitor);
	while (cpu->waiting.first == NULL && !cpu->is_closing)
		ocr_monitor_wait(cpu->monitor);
	job = ocr_job_list_take(&cpu->waiting);
	ocr_monitor_leave(cpu->monitor);
	return job;
}

static void
cpu_main(void *arg)
{
	struct cpu *cpu = arg;
	struct ocr_job *job;

	while ((job = cpu_take(cpu)) != NULL) {
		job->start_ns = ocr_now_ns();
		job->status = ocr_chunk_load(job->in, &job->err);
		if (job->status == 0)
			job->status = cpu->kernel->run(cpu->kernel_state, job);
		job->end_ns = ocr_now_ns();
		ocr_queue_push(cpu->worker->done, job);
	}
}

static void
cpu_free(struct cpu *cpu)
{
	if (cpu == NULL)
		return;
	if (cpu->kernel_state != NULL)
		cpu->kernel->close(cpu->kernel_state);
	ocr_monitor_free(cpu->monitor);
	free(cpu);
}

static int
cpu_open(struct ocr_worker *w, const struct ocr_kernel *k, struct ocr_err *err)
{
	struct cpu *cpu = calloc(1, sizeof(*cpu));
	int r;

	if (cpu == NULL)
		return ocr_err_nomem(err);
	cpu->worker = w;
	cpu->kernel = k;
	cpu->monitor = ocr_monitor_new();
	if (cpu->monitor == NULL) {
		r = ocr_err_nomem(err);
		goto fail;
	}
	r = k->open(k, &cpu->kernel_state, err);
	if (r < 0)
		goto fail;
	r = ocr_thread_start(&cpu->thread, cpu_main, cpu, err);
	if (r < 0)
		goto fail;
	w->state = cpu;
	return 0;
fail:
	cpu_free(cpu);
	return r;
}

static int
cpu_submit(struct ocr_worker *w, struct ocr_job *job)
{
	struct cpu *cpu = w->state;

	ocr_monitor_enter(cpu->monitor);
	ocr_job_list_add(&cpu->waiting, job);
	ocr_monitor_notify(cpu->monitor);
	ocr_monitor_leave(cpu->monitor);
	return 0;
}

static void
cpu_cancel(struct ocr_worker *w)
{
	struct cpu *cpu = w->state;
	struct ocr_job_list waiting;

	ocr_monitor_enter(cpu->monitor);
	waiting = cpu->waiting;
	cpu->waiting = (struct ocr_job_list){0};
	ocr_monitor_leave(cpu->monitor);
	ocr_job_list_cancel(waiting, w->done);
}

static struct ocr_job *
cpu_take_back(struct ocr_worker *w)
{
	struct cpu *cpu = w->state;
	struct ocr_job *job;

	ocr_monitor_enter(cpu->monitor);
	job = ocr_job_list_take_last(&cpu->waiting);
	ocr_monitor_leave(cpu->monitor);
	return job;
}

static void
cpu_close(struct ocr_worker *w)
{
	struct cpu *cpu = w->state;

	ocr_monitor_enter(cpu->monitor);
	cpu->is_closing = true;
	ocr_monitor_notify(cpu->monitor);
	ocr_monitor_leave(cpu->monitor);
	ocr_thread_join(cpu->thread);
	cpu_free(cpu);
	w->state = NULL;
}

static const struct ocr_worker_ops cpu_ops = {
    .open = cpu_open,
    .submit = cpu_submit,
    .cancel = cpu_cancel,
    .take_back = cpu_take_back,
    .close = cpu_close,
};

void
ocr_worker_cpu_init(struct ocr_worker *w, unsigned i)
{
	*w = (struct ocr_worker){
	    .ops = &cpu_ops,
	    .depth = CPU_DEPTH,
	    .align = 1,
	    .min_items = 1,
	};
	snprintf(w->name, sizeof(w->name), "cpu:%u", i);
}
