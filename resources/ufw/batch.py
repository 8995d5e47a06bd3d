# Carries out any number of ufw commands in one process, through ufw's own parser and store: nothing is written unless all of them are
# taken, and the running firewall is touched once. Arguments: "apply" or "undo", or "apply-files" or "undo-files" where the running firewall is to
# be left alone (a rehearsal), then one JSON list for each command:
#   ["rule", WORD...]          as `ufw WORD...`; ["drop", WORD...] takes the rule out whatever its action
#   ["default", DIRECTION, POLICY]  ["logging", LEVEL]  ["ipv6", "yes"|"no"]  ["enable"]  ["disable"]
#   ["keep-ssh"]               refuses a firewall that shuts out the SSH connection that this run came by
# "undo" takes the same commands and puts back what $HF_CAPTURE holds of what they touch, and only that.
import base64, copy, gettext, io, json, os, shutil, subprocess, sys, tarfile, tempfile, warnings

mode, _, only_files = sys.argv[1].partition('-')
ops = [json.loads(word) for word in sys.argv[2:]]
sys.argv = ['/usr/sbin/ufw']
warnings.simplefilter('ignore')
os.umask(0o022)
try:
    import ufw.common, ufw.frontend, ufw.util
except ImportError:
    sys.exit('ufw is not installed')
gettext.install(ufw.common.programName)

# What a killed one leaves here, the next one sweeps away: ufw's lock keeps them apart.
SCRATCH = '/run/ufw.holdfast'


def end_with_what_is_killed():
    """ufw goes on where a program of its was killed, or takes that for a kernel that can't do something."""
    import ufw.backend_iptables

    def watched(ask):
        def cmd(*commands):
            status, said = ask(*commands)
            if status < 0:
                raise ufw.common.UFWError('a program of ufw was killed: %s' % commands[-1][0])
            return [status, said]
        return cmd

    for name in ('cmd', 'cmd_pipe'):
        one = watched(getattr(ufw.util, name))
        for module in ufw.util, ufw.backend_iptables:
            setattr(module, name, one)


def open_backend():
    front = ufw.frontend.UFWFrontend(False)
    back = front.backend
    if not back.use_ipv6():
        # ufw would forget the IPv6 rules while IPv6 is off.
        back.rules, back.rules6 = read_rules(back, back.files['rules'], back.files['rules6'])
    return front, back


def read_rules(back, path4, path6):
    reader = copy.copy(back)
    reader.files = dict(back.files, rules=path4, rules6=path6)
    reader.rules, reader.rules6 = [], []
    reader.use_ipv6 = lambda: True
    reader._read_rules()
    return reader.rules, reader.rules6


def leave_kernel_alone():
    """Whatever ufw tells the packet filter, it takes for done."""
    import ufw.backend_iptables
    ask = ufw.util.cmd
    for module in ufw.util, ufw.backend_iptables:
        module.cmd = lambda command: ask(command) if command[1:] == ['-V'] else (0, '')
        module.cmd_pipe = lambda *_: (0, '')


def live(back):
    return not only_files and ufw.util.cmd([back.iptables, '-n', '-L', 'ufw-user-input'])[0] == 0


def parsed(words):
    return ufw.frontend.parse_command(['ufw'] + list(words))


def wanted_rules(words):
    """The rule of a command in each address family that it can stand in."""
    rule, out = parsed(words).data['rule'], []
    for v6 in (False, True):
        one = rule.dup_rule()
        one.set_v6(v6)
        try:
            one.normalize()
            out.append(one)
        except Exception:
            pass
    return out


def same_object(a, b):
    if a.v6 != b.v6 or a.forward != b.forward:
        return False
    if a.dapp or a.sapp or b.dapp or b.sapp:
        return a.get_app_tuple() == b.get_app_tuple()
    return a.match(b) < 1


def touched_by(rules, rule):
    return any(same_object(rule, other) for other in rules)


def write_rules(back):
    back._write_rules(False)
    back._write_rules(True)


def change_rules(front, back, commands):
    back.is_enabled = lambda: False
    back.use_ipv6 = lambda: True
    back._write_rules = lambda v6=False: None
    for op in commands:
        try:
            if op[0] == 'drop':
                gone = wanted_rules(op[1:])
                back.rules = [r for r in back.rules if not touched_by(gone, r)]
                back.rules6 = [r for r in back.rules6 if not touched_by(gone, r)]
                continue
            response = parsed(op[1:])
            front.do_action(response.action, response.data['rule'], response.data['iptype'], True)
        except SystemExit:
            sys.exit('refused: ufw ' + ' '.join(op[1:]))
        except (ValueError, ufw.common.UFWError) as error:
            sys.exit('refused: ufw %s: %s' % (' '.join(op[1:]), getattr(error, 'value', error)))
    del back.is_enabled, back.use_ipv6, back._write_rules
    write_rules(back)
    if back.is_enabled() and live(back):
        back._reload_user_rules()


def ssh_connection():
    """(client, port) of the login that this process descends from, or None."""
    pid = os.getppid()
    while pid > 1:
        try:
            with open('/proc/%d/environ' % pid, 'rb') as environ:
                for entry in environ.read().split(b'\0'):
                    if entry.startswith(b'SSH_CONNECTION='):
                        words = entry.decode('ascii').split('=', 1)[1].split()
                        return words[0].split('%')[0], int(words[3])
            with open('/proc/%d/stat' % pid) as status:
                pid = int(status.read().rsplit(')', 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            return None
    return None


PASS = 'holdfast-pass-'
# Taken away a second after the first packet that it let through, ten seconds after it was made at the latest.
TAKE_AWAY = '''n=0; while [ $n -lt 50 ]; do sleep 0.2; n=$((n + 1)); case $("$1" -w -v -S OUTPUT | grep -e "$2 ") in
'') exit ;; *' -c 0 0 '*) ;; *) sleep 1; break ;; esac; done; shift 2; exec "$@"'''


def start(back):
    """A connection that was open before the kernel tracked connections is an outgoing one to it, if this side speaks first. Where nothing may
    go out, the one that this run came by gets a pass until its first answer has told the kernel better."""
    connection = ssh_connection()
    if connection and back.defaults['default_output_policy'] != 'accept' and not live(back):
        client, port = connection
        name = PASS + str(os.getpid())
        rule = ['OUTPUT', '-p', 'tcp', '-d', client.replace('::ffff:', ''), '--sport', str(port), '-m', 'comment', '--comment', name, '-j', 'ACCEPT']
        program = back.ip6tables if ':' in rule[4] else back.iptables
        ufw.util.cmd([program, '-w', '-I'] + rule)
        subprocess.Popen(['/bin/sh', '-c', TAKE_AWAY, 'sh', program, name, program, '-w', '-D'] + rule, start_new_session=True,
                         pass_fds=[fd for fd in (6,) if os.path.exists('/proc/self/fd/%d' % fd)],  # by which the run's guard knows it
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    back.start_firewall()
    load_settings(back)


def load_settings(back):
    """Once more: ufw's start takes it for done where the program that loads its kernel settings was killed."""
    path = back.defaults.get('ipt_sysctl')
    if path and os.path.isfile(path):
        ufw.util.cmd(['sysctl', '-e', '-q', '-p', path])


def drop_passes(back):
    for program in (back.iptables, back.ip6tables):
        for line in ufw.util.cmd([program, '-w', '-S', 'OUTPUT'])[1].splitlines():
            if PASS in line:
                ufw.util.cmd([program, '-w', '-D'] + line.split()[1:])


def enable(back):
    was_stored = back.is_enabled()
    if not was_stored:
        back.set_default(back.files['conf'], 'ENABLED', 'yes')
    try:
        start(back)
    except BaseException:
        if not was_stored:
            back.set_default(back.files['conf'], 'ENABLED', 'no')
        raise


def lets_in(rule, client, port):
    if rule.forward or rule.direction != 'in' or rule.protocol not in ('any', 'tcp'):
        return False
    if rule.sport != 'any' or not port_matches(rule.dport, port):
        return False
    if rule.src in ('0.0.0.0/0', '::/0') or rule.src == client:
        return True
    return '/' in rule.src and ufw.util.in_network(client, rule.src, rule.v6)


def port_matches(ports, port):
    for part in ports.split(','):
        low, _, high = part.partition(':')
        if part == 'any' or (low.isdigit() and int(low) <= port <= int(high or low)):
            return True
    return False


def keep_ssh(back, commands):
    connection = ssh_connection()
    policies = [op[2] for op in commands if op[:2] == ['default', 'incoming']]
    open_by_default = policies == ['allow'] or (not policies and back.defaults['default_input_policy'] == 'accept')
    if connection is None or open_by_default:
        return
    client, port = connection
    if client.startswith('::ffff:') and '.' in client:
        client = client[7:]
    for rule in back.rules6 if ':' in client else back.rules:
        # What an interface or a destination narrows may not be meant for this connection: it opens, but does not shut.
        narrow = rule.interface_in or rule.dst not in ('0.0.0.0/0', '::/0')
        if lets_in(rule, client, port) and (rule.action in ('allow', 'limit') or not narrow):
            if rule.action in ('allow', 'limit'):
                return
            break
    sys.exit('refused: no rule lets %s in to port %d, by which this run came; allow it, or state keep_ssh: false' % (client, port))


def set_option(back, name, value):
    back.set_default(back.files['defaults'], name, value)


def apply_settings(front, back, commands):
    was_live = live(back)
    restart = False
    names = [op[0] for op in commands]
    enabled = 'enable' in names or (back.is_enabled() and 'disable' not in names)
    if 'keep-ssh' in names and enabled:
        keep_ssh(back, commands)
    for op in commands:
        if op[0] == 'ipv6':
            set_option(back, 'IPV6', op[1])
            front, back = open_backend()
            restart = True
        elif op[0] == 'default':
            back.set_default_policy(op[2], op[1])
            restart = True
    for op in commands:
        if op[0] == 'logging':
            back.set_loglevel(op[1])
    if restart and was_live and enabled:
        back.stop_firewall()
        start(back)
    if 'disable' in names:
        front.set_enabled(False)
    elif 'enable' in names:
        enable(back)


def captured():
    with open(os.environ['HF_CAPTURE']) as lines:
        words = lines.read().split()
    old = dict(zip(words[::2], (base64.b64decode(word) for word in words[1::2])))
    with tarfile.open(fileobj=io.BytesIO(old.pop('files'))) as files:
        return {**old, **{'/' + one.name: files.extractfile(one).read() for one in files.getmembers()}}


AT_WORK = '.holdfast'


def put(path, data):
    with open(path, 'rb') as current:
        if current.read() == data:
            return False
    temporary = path + AT_WORK
    try:
        with open(temporary, 'wb') as new:
            new.write(data)
            os.fchown(new.fileno(), os.stat(path).st_uid, os.stat(path).st_gid)
            os.fsync(new.fileno())
        shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    return True


def keep(files):
    """ufw does not wait for the disk, and what counts as done outlives a power cut."""
    for path in [*files.values(), '/etc/ufw', '/etc/default']:
        if os.path.exists(path):
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)


def torn(path, data, old):
    """Whether a power cut has left but a part of what ufw was writing: it writes into the file that it reads."""
    if path.endswith('.rules'):
        return not data.rstrip().endswith(b'COMMIT')
    names = [line.split(b'=')[0] for line in old.splitlines() if b'=' in line and not line.startswith(b'#')]
    return any(option_line(data, name) is None for name in names)


def mend_torn(old):
    for path, before in old.items():
        if path.startswith('/') and not torn(path, before, before):
            with open(path, 'rb') as current:
                data = current.read()
            if torn(path, data, before):
                put(path, before)


def forget_halves(files):
    """What an undo was writing when it was killed."""
    for path in files.values():
        if os.path.isfile(path + AT_WORK):
            os.unlink(path + AT_WORK)


def option_line(data, name):
    for line in data.splitlines(keepends=True):
        if line.startswith(name + b'='):
            return line
    return None


def restored_option(current, old, name):
    """`current` with the old line of one option."""
    now, before = option_line(current, name), option_line(old, name)
    if now == before or (now is None and before is None):
        return current
    if now is None:
        return current + before
    return current.replace(now, before or b'', 1)


OPTIONS = {'incoming': b'DEFAULT_INPUT_POLICY', 'outgoing': b'DEFAULT_OUTPUT_POLICY', 'routed': b'DEFAULT_FORWARD_POLICY'}


def put_log_words(path, old):
    """A default policy also changes words of the catch-all rules; whatever else is in that file stays."""
    def plain(data):
        return data.replace(b'UFW ALLOW', b'UFW BLOCK')
    with open(path, 'rb') as current:
        data = current.read()
    if plain(data) == plain(old[path]):
        put(path, old[path])


def undo_settings(files, old):
    """Options that the commands set, put back one by one. True if anything that the running firewall is made from changed."""
    changed = False
    for op in ops:
        if op[0] in ('default', 'ipv6'):
            path, name = files['defaults'], OPTIONS.get(op[1], b'IPV6')
        elif op[0] in ('enable', 'disable', 'logging'):
            path, name = files['conf'], b'LOGLEVEL' if op[0] == 'logging' else b'ENABLED'
        else:
            continue
        with open(path, 'rb') as current:
            data = current.read()
        changed = put(path, restored_option(data, old.get(path, data), name)) or changed
        if op[0] == 'default':
            for name in ('after_rules', 'after6_rules'):
                put_log_words(files[name], old)
    return changed


def shape(rules):
    out = []
    for rule in rules:
        fields = dict(vars(rule), position=0, remove=False, updated=False, multi=False)
        out.append(sorted(fields.items()))
    return out


def merged(current, old, gone):
    """`current`, but with what the commands touched as it was, at its old place."""
    out = [rule for rule in current if not touched_by(gone, rule)]
    before = []
    for rule in old:
        if touched_by(gone, rule):
            place = 0
            for earlier in reversed(before):
                at = [i for i, other in enumerate(out) if shape([other]) == shape([earlier])]
                if at:
                    place = at[-1] + 1
                    break
            out.insert(place, rule)
        before.append(rule)
    return out


def undo_rules(back, old):
    files = back.files
    folder = tempfile.mkdtemp()
    try:
        paths = []
        for name in ('rules', 'rules6'):
            paths.append(os.path.join(folder, name))
            with open(paths[-1], 'wb') as copied:
                copied.write(old[files[name]])
        old4, old6 = read_rules(back, *paths)
    finally:
        shutil.rmtree(folder)
    gone = []
    for op in ops:
        if op[0] in ('rule', 'drop'):
            gone += wanted_rules(op[1:])
    # A rule that can't be read again is in the old file only: then it is put back whole or not at all.
    now = shape(back.rules), shape(back.rules6)
    back.rules, back.rules6 = merged(back.rules, old4, gone), merged(back.rules6, old6, gone)
    changed = (shape(back.rules), shape(back.rules6)) != now
    exact = shape(back.rules) == shape(old4) and shape(back.rules6) == shape(old6)
    for name in ('conf', 'defaults'):
        with open(files[name], 'rb') as current:
            exact = exact and current.read() == old[files[name]]
    if changed and not exact:
        write_rules(back)
    return changed, exact


def put_rules(back, old):
    for name in ('rules', 'rules6'):
        put(back.files[name], old[back.files[name]])


def listed(text, what):
    """(family, table, chain) or (family, table) of what nft lists; None where there is no nft."""
    keys = ('family', 'table', 'name') if what == 'chain' else ('family', 'name')
    try:
        return {tuple(item[what][key] for key in keys) for item in json.loads(text)['nftables'] if what in item}
    except (ValueError, KeyError):
        return None


def nft(*words, **more):
    return subprocess.run(['nft', *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, **more).stdout


def table_items(family):
    try:
        return json.loads(nft('-j', '-a', 'list', 'table', family, 'filter'))['nftables']
    except (ValueError, KeyError):
        return []


def only_jumps(rule, chains):
    """Whether a rule does nothing but lead to one of these chains."""
    return all('counter' in part or part.get('jump', {}).get('target') in chains for part in rule['expr'])


LOOPBACK = [{'op': '==', 'left': {'meta': {'key': key}}, 'right': 'lo'} for key in ('iifname', 'oifname')]


def opens_loopback(rule):
    """Where it is to leave IPv6 alone ufw shuts it, but for this; a firewall that stops only opens it again."""
    return [part.get('match') in LOOPBACK for part in rule['expr'] if 'counter' not in part and 'accept' not in part] == [True]


def made_chains(family, items, before):
    there = {item['chain']['name'] for item in items if 'chain' in item}
    return {name for name in there if name.startswith('ufw')} - {name for kin, _, name in before if kin == family}


def half_started(before):
    """Whether there are chains of a start that came to no end."""
    return before is not None and any(made_chains(family, table_items(family), before) for family in ('ip', 'ip6'))


def forget_chains(tables, before):
    """A firewall that stopped leaves its chains behind, empty, and the way to them: what it had made goes, and its table if nothing else is in it."""
    if tables is None or before is None or not shutil.which('nft'):
        return
    for family in ('ip', 'ip6'):
        items = table_items(family)
        chains = [item['chain'] for item in items if 'chain' in item]
        made = made_chains(family, items, before)
        rules = [item['rule'] for item in items if 'rule' in item and item['rule']['chain'] not in made]
        ways = [rule for rule in rules if only_jumps(rule, made)]
        ways += [rule for rule in rules if opens_loopback(rule) and (family, 'filter', rule['chain']) not in before]
        used = {rule['chain'] for rule in rules if rule not in ways}
        if (family, 'filter') not in tables and not used and all(chain.get('policy', 'accept') == 'accept' for chain in chains):
            lines = ['delete table %s filter\n' % family] if items else []
        else:
            bases = {chain['name'] for chain in chains if 'hook' in chain} - {name for kin, _, name in before if kin == family} - used
            lines = ['flush chain %s filter %s\n' % (family, name) for name in sorted(made)]
            lines += ['delete rule %s filter %s handle %d\n' % (family, rule['chain'], rule['handle']) for rule in ways]
            lines += ['delete chain %s filter %s\n' % (family, name) for name in sorted((made | bases) - used)]
        nft('-f', '-', input=''.join(lines).encode())


def forget_tests(before):
    """What iptables can do, ufw tries out in a chain of its own; a ufw that was killed leaves it behind."""
    if before is None or not shutil.which('nft'):
        return
    for family in ('ip', 'ip6'):
        for item in table_items(family):
            name = item.get('chain', {}).get('name', '')
            if name.startswith(('ufw-caps-test', 'ufw6-caps-test')) and (family, 'filter', name) not in before:
                nft('flush', 'chain', family, 'filter', name)
                nft('delete', 'chain', family, 'filter', name)


def forget_settings(back, before):
    """Kernel settings that ufw's start had changed; what somebody else set since stays."""
    wanted = {}
    with open(back.defaults.get('ipt_sysctl', '/etc/ufw/sysctl.conf')) as lines:
        for line in lines:
            name, equals, value = line.strip().partition('=')
            if equals and not name.startswith('#'):
                wanted[name.strip()] = value.split()
    for line in before.splitlines():
        name, equals, value = line.partition('=')
        if not equals:
            continue
        with open('/proc/sys/' + name, 'r+') as setting:
            now = setting.read().split()
            if now != value.split() and now == wanted.get(name):
                setting.seek(0)
                setting.write(value)


def undo():
    old = captured()
    files = open_backend()[1].files
    forget_halves(files)
    mend_torn(old)
    settings = undo_settings(files, old)
    front, back = open_backend()
    changed, exact = undo_rules(back, old)
    if exact:
        put_rules(back, old)
    chains = listed(old['chains'], 'chain')
    forget_tests(chains)
    was_live = live(back) or half_started(chains)
    drop_passes(back)
    if was_live and not back.is_enabled():
        back.stop_firewall()
        forget_settings(back, old['sysctl'].decode())
    elif settings and was_live:
        back.stop_firewall()
        start(back)
    elif settings and back.is_enabled():
        start(back)
    elif changed and was_live:
        back._reload_user_rules()
    if exact:
        put_rules(back, old)
    if not live(back):
        forget_chains(listed(old['tables'], 'table'), chains)
    keep(files)


if only_files:
    leave_kernel_alone()
else:
    end_with_what_is_killed()
lock = ufw.util.create_lock(lockfile='/run/ufw.lock', dryrun=False)
try:
    shutil.rmtree(SCRATCH, ignore_errors=True)
    os.mkdir(SCRATCH, 0o700)
    tempfile.tempdir = SCRATCH
    if mode == 'undo':
        undo()
    else:
        front, back = open_backend()
        rules = [op for op in ops if op[0] in ('rule', 'drop')]
        if rules:
            change_rules(front, back, rules)
        settings = [op for op in ops if op[0] not in ('rule', 'drop')]
        if settings:
            apply_settings(front, back, settings)
        keep(back.files)
except ufw.common.UFWError as error:
    sys.exit('ufw: %s' % error.value)
finally:
    shutil.rmtree(SCRATCH, ignore_errors=True)
    ufw.util.release_lock(lock)
