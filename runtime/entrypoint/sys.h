#ifndef ENTRYPOINT_SYS_H
#define ENTRYPOINT_SYS_H
/* The kernel, without the part of libc that would be a third of the program: its start-up (thread storage, vDSO,
 * errno) and wrappers that emulate what old kernels lack.
 *
 * Calls return what the kernel returns: a negative errno on failure. With ENTRYPOINT_HOSTED, or on a machine whose
 * start-up code isn't written here, the same functions go through the system's libc: the build with sanitizers. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if !defined ENTRYPOINT_HOSTED && !defined __x86_64__ && !defined __aarch64__
#define ENTRYPOINT_HOSTED
#endif

long sys_call(long a, long b, long c, long d, long number);

int sys_open(const char *path, int flags, unsigned mode); /* O_CLOEXEC is added */
int sys_close(int fd);
long sys_read(int fd, void *to, size_t n);
long sys_write(int fd, const void *from, size_t n);
int sys_stat(const char *path, struct stat *st);
long sys_kill(int pid, int number);
long sys_wait(int pid, int *status, int flags);
void *sys_map(size_t size); /* zeroed memory, NULL if there is none */
_Noreturn void sys_exit(int code);

/* vfork: the child shares the parent's memory, the parent sleeps until it is another program or gone. Inline, because
 * the child must not return through the parent's stack. */
#ifdef ENTRYPOINT_HOSTED
#define sys_vfork() vfork()
#else
static inline __attribute__((always_inline)) long sys_vfork(void) {
#ifdef __x86_64__
    long pid = SYS_clone;
    register long tid __asm__("r10") = 0;
    __asm__ volatile("syscall"
                     : "+a"(pid)
                     : "D"(0x4100L | SIGCHLD), "S"(0L), "d"(0L), "r"(tid)
                     : "rcx", "r11", "memory");
    return pid;
#else
    register long number __asm__("x8") = SYS_clone, x0 __asm__("x0") = 0x4100L | SIGCHLD, x1 __asm__("x1") = 0,
                         x2 __asm__("x2") = 0;
    register long x3 __asm__("x3") = 0, x4 __asm__("x4") = 0;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(number), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
#endif
}
#endif
#endif
